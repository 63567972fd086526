import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../src/inspect/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Failure } from "../../src/model/change.ts";
import { refOf } from "../../src/model/ref.ts";
import type { ClusterStatus } from "../../src/model/status.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { createRequest } from "../../src/x509/request.ts";
import { codesOf, guarded } from "../delivery/delivered.ts";
import { connectTo, countWrites, forgetDeliveries, kubectl, newClouds } from "../delivery/lab-cluster.ts";
import { cloudObjects, configMap, quota, rendered, sharedRole } from "../delivery/rendered.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { withOneRightLess } from "../lab/fewer-rights.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east", audit: true }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

interface Delivered {
  readonly dist: RenderedCluster;
  readonly cloud: string;
  /** With read rights only. */
  readonly look: () => Promise<ClusterStatus>;
}

async function delivered(): Promise<Delivered> {
  const [, cloud] = newClouds();
  const objects = [...cloudObjects(cloud), configMap(cloud, "motd")];
  const dist = rendered({ [cloud]: objects }, { shared: [sharedRole(`lc-see-${cloud}`)] });
  expect(codesOf(await applyCluster(api, dist, guarded))).toEqual([]);
  const reader = await asHolderOf(api, `look-${cloud}`, readRules(dist));
  const look = () => inspectCluster(reader, dist, { stateDir: "/nowhere", now: new Date() });
  return { dist, cloud, look };
}

test("read rights are enough to see that all is as it should be, and nothing is written", async () => {
  const { cloud, look } = await delivered();
  const writes = () => countWrites(lab, "east", `system:serviceaccount:default:look-${cloud}`);
  const before = await writes();
  const { shared, clouds, failures, requests } = await look();
  expect((await writes()) - before).toBe(0);
  const asItShouldBe = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };
  expect(shared).toEqual(asItShouldBe);
  expect(clouds).toEqual([{ cloud, users: [], ...asItShouldBe }]);
  expect(failures).toEqual([]);
  expect(requests.kind).toBe("listed");
});

test("what somebody edits has drifted, by its field", async () => {
  const { cloud, look } = await delivered();
  const patch = JSON.stringify({ spec: { hard: { pods: "99" } } });
  await kubectl(lab, "east", "patch", "quota", "lc-quota", "--namespace", cloud, "--type", "merge", "--patch", patch);
  const drifted = [{ ref: refOf(quota(cloud, "5")), fields: ["spec.hard.pods"] }];
  expect((await look()).clouds).toMatchObject([{ state: "delivered", drifted }]);
});

test("what somebody deletes is missing", async () => {
  const { cloud, look } = await delivered();
  await kubectl(lab, "east", "delete", "quota", "lc-quota", "--namespace", cloud);
  expect((await look()).clouds).toMatchObject([{ state: "partly", missing: [refOf(quota(cloud, "5"))] }]);
});

test("a planted request for a group of ours is told, with who made it", async () => {
  const { cloud, look } = await delivered();
  const group = "lc:k:0123456789abcdef0123456789abcdef";
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = createRequest(privateKey, { commonName: "eve", organization: group });
  const name = `planted-${cloud}`;
  await api.create({
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  });
  const { requests } = await look();
  expect(requests).toMatchObject({
    suspicious: [{ name, requester: "admin", commonName: "eve", group, isApproved: false }],
  });
});

/** What could not be seen. */
const failuresOf = ({ failures, shared, clouds, requests }: ClusterStatus): readonly Failure[] => [
  ...failures,
  ...[shared, ...clouds].flatMap((each) => each.failures),
  ...(requests.kind === "unreadable" ? [requests.failure] : []),
];

test("with one right less, just what that is for cannot be seen", async () => {
  const { dist, cloud } = await delivered();
  const fewer = withOneRightLess(readRules(dist));
  const seen = fewer.map(async ({ lacking, roles, refusal }, index) => {
    const reader = await asHolderOf(api, `less-${index}-${cloud}`, roles);
    const failures = failuresOf(await inspectCluster(reader, dist, { stateDir: "/nowhere", now: new Date() }));
    reader.close();
    return { lacking, refusal, failures };
  });
  for (const { lacking, refusal, failures } of await Promise.all(seen)) {
    expect(failures, lacking).not.toEqual([]);
    for (const failure of failures) {
      expect(failure, lacking).toEqual({ code: "FORBIDDEN", message: expect.stringMatching(refusal) });
    }
  }
});
