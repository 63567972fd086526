import { afterAll, beforeAll, expect, test } from "vitest";
import { SERVERS_REF } from "../../../src/dns/places.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { dnsRules } from "../../../src/post-sync/dns/roles.ts";
import { connectTo, countWrites } from "../../delivery/lab-cluster.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { waitFor } from "../../lab/wait.ts";
import { actionsOf, align, dnsOf, forwardOf, namespaceOf, renderedWith } from "./dns-scene.ts";

/** The kind as far as it matters here: lists have one owner as a whole, and the API server fills in what is left out. */
const DEFINITION: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "dnses.operator.openshift.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
  },
  spec: {
    group: "operator.openshift.io",
    scope: "Cluster",
    names: { kind: "DNS", listKind: "DNSList", plural: "dnses", singular: "dns" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schemaOfDns() } }],
  },
};

function schemaOfDns(): object {
  const text = { type: "string" };
  const texts = { type: "array", items: text };
  const forwardPlugin = {
    type: "object",
    properties: { upstreams: texts, policy: { ...text, default: "Random" }, protocolStrategy: text },
  };
  const server = { type: "object", properties: { name: text, zones: texts, forwardPlugin } };
  const spec = { type: "object", properties: { logLevel: text, servers: { type: "array", items: server } } };
  return { type: "object", properties: { spec } };
}

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east", audit: true }]);
  api = await connectTo(lab, "east");
  await api.apply(namespaceOf("lcloud-system"));
  await api.apply(namespaceOf("openshift-dns"));
  await api.apply(DEFINITION);
  await waitFor("the kind is served", () =>
    api.isNamespaced(SERVERS_REF).then(
      () => true,
      () => undefined,
    ),
  );
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

test("whoever has the role puts servers beside others', and a second run writes nothing", async () => {
  const { apiVersion, kind, name } = SERVERS_REF;
  const theirs = {
    name: "corp",
    zones: ["corp.example"],
    forwardPlugin: { upstreams: ["192.0.2.1"], policy: "Sequential" },
  };
  await api.create({ apiVersion, kind, metadata: { name }, spec: { logLevel: "Normal", servers: [theirs] } });
  const dns = dnsOf("openshift", { namespace: "openshift-dns" });
  const fleet = renderedWith({ shop: forwardOf("shop", "10.0.0.53:5353") }, dns);
  const dana = await asHolderOf(api, "dana", dnsRules(fleet));
  const account = "system:serviceaccount:default:dana";
  expect(await align(dana, fleet)).toMatchObject({ failures: [], loaded: { kind: "unseen" } });
  const put = { name: "lc-shop", zones: ["shop"], forwardPlugin: { upstreams: ["10.0.0.53:5353"], policy: "Random" } };
  expect((await api.get(SERVERS_REF))?.["spec"]).toEqual({ logLevel: "Normal", servers: [theirs, put] });
  const writes = await countWrites(lab, "east", account);
  expect(actionsOf(await align(dana, fleet))).toEqual(["shop kept"]);
  expect(await countWrites(lab, "east", account)).toBe(writes);
  expect(actionsOf(await align(dana, renderedWith({ shop: undefined }, dns)))).toEqual(["shop removed"]);
  expect((await api.get(SERVERS_REF))?.["spec"]).toEqual({ logLevel: "Normal", servers: [theirs] });
  dana.close();
});
