import { expect, test } from "vitest";
import { CloudError } from "../../../src/model/error.ts";
import {
  actionsOf,
  align,
  codesOf,
  corefileOf,
  dnsCluster,
  KUBEADM,
  metricsOf,
  renderedWith,
  zoneOf,
} from "./dns-scene.ts";

const SHOP = renderedWith({ shop: zoneOf("shop") });
const MOVED = renderedWith({ shop: zoneOf("shop", { namespaces: ["elsewhere"] }) });

/** A cluster of two replicas, of which each tells what is given. */
async function clusterThatTells(first: (corefile: string) => string, second = first) {
  const cluster = await dnsCluster();
  cluster.podAnswers = ({ name }) => (name === "coredns-0" ? first : second)(corefileOf(cluster));
  return cluster;
}

test("one replica that has not loaded it is named when the time is over", async () => {
  const cluster = await clusterThatTells(metricsOf, () => metricsOf(KUBEADM));
  const report = await align(cluster, SHOP);
  expect(report.loaded).toEqual({ kind: "waiting", loaded: 1, replicas: 2 });
  expect(report.failures).toEqual([{ code: "DNS_NOT_LOADED", message: expect.stringContaining("coredns-1") }]);
  expect(actionsOf(report)).toEqual(["shop added"]);
});

test("a replica that gives no metrics is one to delete", async () => {
  const cluster = await clusterThatTells(metricsOf, (corefile) => (corefile === KUBEADM ? metricsOf(KUBEADM) : ""));
  const { failures } = await align(cluster, SHOP);
  expect(failures).toEqual([
    { code: "DNS_NOT_LOADED", message: expect.stringMatching(/delete pods .* on port 9153: coredns-1$/) },
  ]);
});

test("while CoreDNS loads a Corefile, what it loaded before answers: it is waited for", async () => {
  let looks = 0;
  const reloading = (corefile: string) => metricsOf(corefile).replace(/^coredns_reload_version_info.*\n/m, "");
  const cluster = await clusterThatTells((corefile) =>
    corefile === KUBEADM || ++looks > 4 ? metricsOf(corefile) : reloading(corefile),
  );
  const steps: string[] = [];
  const report = await align(cluster, SHOP, { loadMs: 10_000, tell: (step) => steps.push(step) });
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(steps[0]).toBe("CoreDNS: 0 of 2 replicas have loaded it");
});

test("a replica that is late is waited for", async () => {
  let looks = 0;
  const cluster = await clusterThatTells(metricsOf, (corefile) => metricsOf(++looks < 3 ? KUBEADM : corefile));
  const steps: string[] = [];
  const report = await align(cluster, SHOP, { loadMs: 10_000, tell: (step) => steps.push(step) });
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(steps).toEqual(["CoreDNS: 1 of 2 replicas have loaded it", "CoreDNS: 2 of 2 replicas have loaded it"]);
});

test("a refusal ends the wait, although the hash is the new one", async () => {
  const cluster = await clusterThatTells((corefile) =>
    corefile === KUBEADM ? metricsOf(KUBEADM, { failed: 3 }) : metricsOf(KUBEADM, { failed: 4, tried: "2" }),
  );
  const report = await align(cluster, SHOP, { loadMs: 60_000 });
  expect(codesOf(report)).toEqual(["DNS_NOT_LOADED"]);
  expect(report.failures[0]?.message).toContain("lcloud post-sync --cluster east --revert-dns puts");
});

test("an old refusal is none of this change", async () => {
  const cluster = await clusterThatTells((corefile) => metricsOf(corefile, { failed: 3 }));
  expect(codesOf(await align(cluster, SHOP))).toEqual([]);
});

test("a new process counts from 0, and has loaded what it answers", async () => {
  const cluster = await clusterThatTells((corefile) =>
    corefile === KUBEADM
      ? metricsOf(KUBEADM, { failed: 3, started: 1 })
      : metricsOf(corefile, { failed: 0, started: 2 }),
  );
  expect((await align(cluster, SHOP)).loaded).toEqual({ kind: "loaded", replicas: 2 });
});

test("a zone that was there before and is changed is loaded with the next Corefile that is tried", async () => {
  const cluster = await clusterThatTells((corefile) => metricsOf(corefile, { tried: "1" }));
  await align(cluster, SHOP);
  expect(codesOf(await align(cluster, MOVED))).toEqual(["DNS_NOT_LOADED"]);
  cluster.podAnswers = () => metricsOf(corefileOf(cluster));
  expect(codesOf(await align(cluster, SHOP))).toEqual([]);
});

test("a zone that is taken out is to vanish", async () => {
  let put = "";
  const cluster = await clusterThatTells((corefile) => metricsOf(corefile.length > put.length ? corefile : put));
  await align(cluster, SHOP);
  put = corefileOf(cluster);
  const report = await align(cluster, renderedWith({ shop: undefined }));
  expect(codesOf(report)).toEqual(["DNS_NOT_LOADED"]);
  expect(actionsOf(report)).toEqual(["shop removed"]);
});

test("a change that did not get loaded is no success of the next run either", async () => {
  const cluster = await clusterThatTells(() => metricsOf(KUBEADM));
  await align(cluster, SHOP);
  expect(codesOf(await align(cluster, SHOP))).toEqual(["DNS_NOT_LOADED"]);
});

/** A cluster whose objects say that they were written, and its replicas that they began, so many seconds ago. */
async function clusterSince(writtenAgo: number, begunAgo: number, metrics: () => string) {
  const cluster = await clusterThatTells(metrics);
  await align(cluster, SHOP);
  const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  const { get, list } = cluster;
  cluster.get = async (ref) => {
    const live = await get.call(cluster, ref);
    const managedFields = live?.metadata.managedFields?.map((each) => ({ ...each, time: ago(writtenAgo) }));
    return live && { ...live, metadata: { ...live.metadata, ...(managedFields && { managedFields }) } };
  };
  cluster.list = async (...request) => {
    const found = await list.call(cluster, ...request);
    const containerStatuses = [{ state: { running: { startedAt: ago(begunAgo) } } }];
    return found.map((pod) => ({
      ...pod,
      metadata: { ...pod.metadata, creationTimestamp: ago(begunAgo + 1000) },
      status: { phase: "Running", containerStatuses },
    }));
  };
  return cluster;
}

const LOAD = { loadMs: 60_000, conflictMs: 0 };

test("what was written long ago and is not loaded is told at once", async () => {
  const cluster = await clusterSince(3600, 7200, () => metricsOf(KUBEADM));
  const report = await align(cluster, SHOP, LOAD);
  expect(report.failures).toEqual([{ code: "DNS_NOT_LOADED", message: expect.stringMatching(/after 3\d{3} s, not/) }]);
});

test.each([
  ["what was written a moment ago", 10, 7200],
  ["a replica that began a moment ago", 3600, 10],
])("%s is waited for, although this run has written nothing", async (_, written, begun) => {
  let looks = 0;
  const cluster = await clusterSince(written, begun, () => metricsOf(++looks < 6 ? KUBEADM : corefileOf(cluster)));
  expect(await align(cluster, SHOP, LOAD)).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
});

test("a replica that begins again and again is not waited for without an end", async () => {
  const cluster = await clusterSince(3600, -3600, () => metricsOf(KUBEADM));
  expect(codesOf(await align(cluster, SHOP, { loadMs: 300 }))).toEqual(["DNS_NOT_LOADED"]);
});

test.each([
  ["no pod runs", "list", /no pod with k8s-app=kube-dns runs/],
  ["whoever runs it may not ask pods", "proxy", /lcloud roles --role dns/],
] as const)("where %s, it is told, and no failure", async (_, what, reason) => {
  const cluster = await dnsCluster();
  if (what === "list") {
    for (const name of ["coredns-0", "coredns-1"])
      cluster.remove({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", name });
  }
  cluster.before = ({ subresource }) => {
    if (subresource === "proxy" && what === "proxy") throw new CloudError("FORBIDDEN", "east: no");
  };
  const report = await align(cluster, SHOP);
  expect(report).toMatchObject({ failures: [], loaded: { kind: "unseen", reason: expect.stringMatching(reason) } });
});

test("where a Corefile has no metrics, it is told", async () => {
  const cluster = await dnsCluster(KUBEADM.replace(/ *prometheus.*\n/, ""));
  const report = await align(cluster, SHOP);
  expect(report).toMatchObject({
    failures: [],
    loaded: { kind: "unseen", reason: expect.stringContaining("prometheus") },
  });
});

test("where a Corefile is not reloaded, that is remarked", async () => {
  const cluster = await dnsCluster(KUBEADM.replace(/ *reload\n/, ""));
  const report = await align(cluster, SHOP);
  expect(report).toMatchObject({
    failures: [],
    loaded: { kind: "unseen" },
    remarks: [expect.stringContaining("reload")],
  });
});
