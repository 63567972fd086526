import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { clusterRole } from "../../src/model/policy-rule.ts";
import { refOf } from "../../src/model/ref.ts";
import type { UserGrant } from "../../src/post-sync/cluster-access.ts";
import { readCertificate } from "../../src/x509/certificate.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { makeCloud, rolesOf, run, withCalls } from "./lab-access.ts";
import { forged, type IsMoment, isApproved, isIssued, MOMENTS } from "./planting.ts";
import { requestOf } from "./scene.ts";

type Cluster = "east" | "eks";
let lab: Lab<Cluster>;
let apis: Readonly<Record<Cluster, KubeApi>>;
let mallories: Readonly<Record<Cluster, KubeApi>>;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }, { name: "eks", signer: false }]);
  apis = { east: await connectTo(lab, "east"), eks: await connectTo(lab, "eks") };
  for (const api of Object.values(apis)) {
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
  }
  const asMallory = (api: KubeApi) => asHolderOf(api, "mallory", [CREATE_REQUESTS]);
  mallories = { east: await asMallory(apis.east), eks: await asMallory(apis.eks) };
});
afterAll(async () => {
  for (const api of [...Object.values(mallories ?? {}), ...Object.values(apis ?? {})]) api.close();
  await lab?.stop();
});

const CREATE_REQUESTS = clusterRole("create-requests", [
  { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: ["create"] },
]);

/** When something is planted. Where nothing is signed, on eks, that cannot be after the issue. */
interface Moment {
  readonly on: Cluster;
  readonly isMoment: IsMoment;
  /** Wait until our request is signed, and plant only then. */
  readonly isAfterIssue?: true;
}

/**
 * Mallory puts a request in the place of whatever has its name, once, just before a call of somebody reaches the API
 * server. What is there is deleted first, as a requester or the cluster's own clean-up may do it.
 */
function planting(asWhom: KubeApi, { on, isMoment, isAfterIssue }: Moment, planted: Manifest) {
  const api = apis[on];
  const ref = refOf(planted);
  let mine: LiveManifest | undefined;
  const harmed = withCalls(asWhom, async (calls) => {
    if (mine !== undefined || !isMoment(calls)) return;
    if (isAfterIssue) await waitFor("a certificate", async () => isIssued(await api.get(ref)) || undefined);
    const live = await api.get(ref);
    if (live !== undefined) await api.delete(ref, { uid: live.metadata.uid });
    mine = await mallories[on].create(planted);
  });
  /** It was planted, is still there, and got nothing. */
  const expectLeft = async () => {
    const left = await api.get(ref);
    expect(left?.metadata.uid).toBe(mine?.metadata.uid ?? "not planted");
    expect(left).toMatchObject({ spec: { username: "system:serviceaccount:default:mallory" } });
    expect([isApproved(left), isIssued(left)]).toEqual([false, false]);
  };
  return { harmed, expectLeft };
}

const { "after the approval": isAfterApproval, ...unapproved } = MOMENTS;

const moments: readonly (Moment & { readonly when: string })[] = [
  ...Object.entries(unapproved).map(([when, isMoment]) => ({ when, on: "east" as const, isMoment })),
  { when: "between the approval and the issue", on: "eks", isMoment: isAfterApproval },
  { when: "between the issue and the collection", on: "east", isMoment: isAfterApproval, isAfterIssue: true },
];

describe.each(moments.map((moment) => [moment.when, moment] as const))(
  "planted %s, where one runs both halves,",
  (_, moment) => {
    const runPlanted = async (change: (request: Manifest) => Manifest): Promise<UserGrant | undefined> => {
      const { path, ...scene } = await makeCloud();
      const cluster = scene.render(moment.on);
      const { harmed, expectLeft } = planting(apis[moment.on], moment, change(requestOf(cluster, path)));
      const { grant } = await run(harmed, scene, cluster, moment.on === "eks" ? { timeoutMs: 200 } : {});
      await expectLeft();
      return grant;
    };

    test("a request for another key is refused and reported", async () => {
      const grant = await runPlanted(forged);
      expect(grant).toMatchObject({ outcome: "none", failure: { code: "CSR_PLANTED" } });
      expect(grant?.failure?.message).toContain("system:serviceaccount:default:mallory");
    });

    test("our own bytes in another one's name stop nobody", async () => {
      const grant = await runPlanted((request) => request);
      expect(grant).toMatchObject(moment.on === "eks" ? { failure: { code: "CSR_TIMEOUT" } } : { outcome: "issued" });
    });
  },
);

test("planted between the collection and the deletion, a request for another key gets nothing and stays", async () => {
  const { path, cloud, ...scene } = await makeCloud();
  const cluster = scene.render("east");
  const moment: Moment = { on: "east", isMoment: (calls) => calls.at(-1)?.verb === "delete" };
  const { harmed, expectLeft } = planting(apis.east, moment, forged(requestOf(cluster, path)));
  const { grant } = await run(harmed, scene, cluster);
  await expectLeft();
  expect(grant).toMatchObject({ outcome: "issued", credential: { kind: "certificate" } });
  const certificate = grant?.credential?.kind === "certificate" ? grant.credential.certificate : "";
  const key = await scene.keys.findKey(cloud, "ada");
  expect(key && publicKeyOf(key).equals(readCertificate(certificate).publicKey)).toBe(true);
});

const halves: readonly (Moment & { readonly when: string; readonly half: "approve" | "collect" })[] = [
  { when: "before the approver looks", half: "approve", on: "east", isMoment: (calls) => calls.length === 1 },
  {
    when: "between the approver's check and the approval",
    half: "approve",
    on: "east",
    isMoment: (calls) => calls.at(-1)?.verb === "replace",
  },
  {
    when: "between the approval and the approver's next look",
    half: "approve",
    on: "eks",
    isMoment: (calls) => calls.at(-2)?.verb === "replace",
  },
  { when: "between the approval and the issue", half: "collect", on: "eks", isMoment: (calls) => calls.length === 1 },
  {
    when: "between the issue and the collection",
    half: "collect",
    on: "east",
    isMoment: (calls) => calls.length === 1,
    isAfterIssue: true,
  },
];

test.each(halves.map((moment) => [moment.when, moment] as const))(
  "planted %s, a request for another key is refused by that half and all later ones",
  async (_, moment) => {
    const { path, cloud, ...scene } = await makeCloud();
    const requesters = [`system:serviceaccount:default:carol-${cloud}`];
    const cluster = scene.render(moment.on, { identity: { kind: "x509", requesters } });
    const roles = rolesOf(cluster);
    const carol = await asHolderOf(apis[moment.on], `carol-${cloud}`, roles.carol);
    const bob = await asHolderOf(apis[moment.on], `bob-${cloud}`, roles.bob);
    const { harmed, expectLeft } = planting(
      moment.half === "approve" ? bob : carol,
      moment,
      forged(requestOf(cluster, path)),
    );

    const pending = { failure: { code: "CSR_PENDING" } };
    const refused = { outcome: "none", failure: { code: "CSR_PLANTED" } };
    expect((await run(carol, scene, cluster, { half: "collect" })).grant).toMatchObject(pending);
    const approver = moment.half === "approve" ? harmed : bob;
    const approval = moment.half === "approve" ? refused : { outcome: "approved" };
    expect((await run(approver, scene, cluster, { half: "approve" })).grant).toMatchObject(approval);
    const collector = moment.half === "collect" ? harmed : carol;
    expect((await run(collector, scene, cluster, { half: "collect" })).grant).toMatchObject(refused);
    await expectLeft();
    for (const each of [carol, bob]) each.close();
  },
);
