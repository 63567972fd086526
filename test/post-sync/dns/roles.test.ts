import { expect, test } from "vitest";
import type { CloudZone, ClusterDns } from "../../../src/dns/cluster-dns.ts";
import { patchZones } from "../../../src/dns/corefile-zones.ts";
import { customRef } from "../../../src/dns/custom-config-map.ts";
import { SERVERS_REF, stubDomainsRef } from "../../../src/dns/places.ts";
import { toldZone } from "../../../src/dns/told-zone.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { type PolicyRule, resourceOf } from "../../../src/model/policy-rule.ts";
import { dnsRules } from "../../../src/post-sync/dns/roles.ts";
import type { FakeRequest } from "../../fakes/fake-cluster.ts";
import {
  align,
  configMap,
  dnsCluster,
  dnsOf,
  forwardOf,
  KUBEADM,
  namespaceOf,
  renderedWith,
  serviceOf,
  toService,
  zoneOf,
} from "./dns-scene.ts";

const VERBS = { get: "get", list: "list", create: "create", delete: "delete", replace: "update" };

/** What RBAC is asked about a call, as in `update configmaps in kube-system`. */
function askedFor({ verb, ref, subresource }: FakeRequest): readonly string[] {
  const resource = [...resourceOf(ref).resources, ...(subresource === undefined ? [] : [subresource])].join("/");
  // what is applied is created where it is not there
  const verbs = verb === "apply" ? ["create", "patch"] : [VERBS[verb]];
  return verbs.map((each) => `${each} ${resource} in ${ref.namespace ?? "the cluster"}`);
}

const allowedBy = (manifests: readonly Manifest[]): readonly string[] =>
  manifests.flatMap((manifest) =>
    ((manifest["rules"] ?? []) as readonly PolicyRule[]).flatMap(({ verbs, resources }) =>
      verbs.flatMap((verb) =>
        resources.map((resource) => `${verb} ${resource} in ${manifest.metadata.namespace ?? "the cluster"}`),
      ),
    ),
  );

const nested = zoneOf("shop", { namespaces: ["shop-prod", "shop-test"] });

test.each<[string, ClusterDns, readonly CloudZone[]]>([
  ["corefile", dnsOf("corefile"), [nested, toService("pay")]],
  ["corefile, with nothing to look up", dnsOf("corefile"), [zoneOf("shop")]],
  ["corefile behind node caches", dnsOf("corefile", { nodeLocalCache: true }), [zoneOf("shop")]],
  ["coredns-custom", dnsOf("coredns-custom"), [toService("pay")]],
  ["kube-dns", dnsOf("kube-dns"), [toService("pay"), forwardOf("shop", "10.0.0.53")]],
  ["openshift", dnsOf("openshift"), [forwardOf("shop", "10.0.0.53")]],
  ["eks-addon", dnsOf("eks-addon"), [nested]],
])("whoever puts zones in may do that, and nothing else: %s", async (_, dns, zones) => {
  const cluster = await dnsCluster(corefileFor(dns, zones), { clusterKinds: ["DNS"] });
  const admin = cluster.behind("admin");
  for (const name of ["dns", "shop-prod"]) await admin.create(namespaceOf(name));
  await admin.create(serviceOf("dns", "ns", { clusterIP: "10.0.0.53" }));
  await admin.create(serviceOf("kube-system", "kube-dns-upstream", { clusterIP: "10.0.0.9" }));
  await admin.create({ apiVersion: SERVERS_REF.apiVersion, kind: "DNS", metadata: { name: "default" }, spec: {} });
  await admin.create(configMap(customRef(dns), {}));
  const named = (some: readonly CloudZone[]) =>
    renderedWith(Object.fromEntries(some.map((zone) => [zone.zone, zone])), dns);
  const fleet = named(zones);
  const asked = new Set<string>();
  for (const each of [fleet, named(zones.slice(1)), named([])]) {
    await align(cluster, each).catch((error: unknown) => expect(String(error)).toContain("nothing to be done"));
    for (const right of cluster.requests.splice(0).flatMap(askedFor)) asked.add(right);
  }
  const allowed = new Set(allowedBy(dnsRules(fleet)));
  expect([...asked].sort()).toEqual([...allowed].sort());
  expect(cluster.find(stubDomainsRef("kube-system"))?.["data"] ?? {}).toEqual({});
});

/** One that imports what it must, and has the zones where they are not ours to put. */
function corefileFor({ provider }: ClusterDns, zones: readonly CloudZone[]): string {
  if (provider === "coredns-custom") return `${KUBEADM}import custom/*.server\n`;
  if (provider !== "eks-addon") return KUBEADM;
  const put = patchZones(KUBEADM, { wanted: zones.flatMap((zone) => toldZone(zone) ?? []), ours: [] });
  return put.kind === "patched" ? (put.value ?? "") : "";
}

test("objects of the DNS server are written by their names, and Services are read by theirs", () => {
  const rules = dnsRules(renderedWith({ shop: toService("pay") }, dnsOf("corefile", { nodeLocalCache: true })));
  const byNamespace = new Map(
    rules.map(({ kind, metadata, ...rest }) => [`${kind} ${metadata.namespace ?? ""}`, rest["rules"]]),
  );
  expect(byNamespace.get("Role kube-system")).toEqual([
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["coredns"], verbs: ["get", "update"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["kube-dns"], verbs: ["get", "update"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] },
    { apiGroups: [""], resources: ["services"], resourceNames: ["kube-dns-upstream"], verbs: ["get"] },
  ]);
  expect(byNamespace.get("Role dns")).toEqual([
    { apiGroups: [""], resources: ["services"], resourceNames: ["ns"], verbs: ["get"] },
  ]);
});

test("where nobody has said who may change a cluster's DNS, nobody needs a role for it", () => {
  expect(dnsRules(renderedWith({ shop: undefined }, "none"))).toEqual([]);
});
