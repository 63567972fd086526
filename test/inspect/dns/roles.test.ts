import { expect, test } from "vitest";
import type { CloudZone, DnsProvider } from "../../../src/dns/cluster-dns.ts";
import { inspectZones } from "../../../src/inspect/dns/inspect-zones.ts";
import { zoneReadRules } from "../../../src/inspect/dns/roles.ts";
import { type PolicyRule, resourceOf } from "../../../src/model/policy-rule.ts";
import type { ObjectsStatus } from "../../../src/model/status.ts";
import type { FakeRequest } from "../../fakes/fake-cluster.ts";
import { COREFILE, clusterOf, dnsOf, forward, rewrite, startCluster } from "./dns-scene.ts";

const fine: ObjectsStatus = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };
const wide = rewrite("shop", "shop-prod", "shop-api");
const toService = forward("pay", { kind: "service", namespace: "shop-prod", name: "dns", port: 53 });
const native: CloudZone = { ...rewrite("ml", "ml"), mode: "native" };

/** What RBAC is asked for by a request, and what a rule allows, one for each name and verb. */
const keyOf = (namespace: string | undefined, resource: string, verb: string, name: string): string =>
  `${verb} ${resource} ${name} in ${namespace ?? "all"}`;

const asked = ({ verb, ref }: FakeRequest): string =>
  keyOf(ref.namespace, resourceOf(ref).resources[0] ?? "", verb, verb === "list" ? "" : ref.name);

const allowed = (namespace: string | undefined, { resources, verbs, resourceNames = [""] }: PolicyRule) =>
  resources.flatMap((resource) =>
    verbs.flatMap((verb) => resourceNames.map((name) => keyOf(namespace, resource, verb, name))),
  );

test.each<[DnsProvider, boolean, readonly CloudZone[]]>([
  ["corefile", false, [wide, toService]],
  ["corefile", true, [wide, toService]],
  ["corefile", false, [native]],
  ["corefile", false, []],
  ["eks-addon", false, [wide]],
  ["coredns-custom", false, [wide, toService]],
  ["coredns-custom", true, [wide]],
  ["kube-dns", false, [toService]],
  ["kube-dns", true, [toService]],
  ["openshift", false, [toService]],
])(
  "on a cluster with %s (node caches: %s), the rules are all that is read, and no more",
  async (provider, cache, zones) => {
    const api = await startCluster({ coredns: { Corefile: COREFILE } }, ["shop-prod", "shop-api"]);
    const somebody = api.behind("somebody");
    for (const [namespace, name] of [
      ["shop-prod", "dns"],
      ["kube-system", "kube-dns-upstream"],
    ] as const) {
      const metadata = { name, namespace };
      await somebody.create({ apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: "10.0.0.9" } });
    }
    const cluster = clusterOf(dnsOf(provider, cache), zones);
    await inspectZones(api, cluster, fine);
    const rules = zoneReadRules(cluster).flatMap(([namespace, all]) => all.flatMap((rule) => allowed(namespace, rule)));
    expect(new Set(rules)).toEqual(new Set(api.requests.map(asked)));
  },
);
