import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stageOf } from "../../src/model/kinds.ts";
import type { DnsCheckReport, StatusReport } from "../../src/pipeline.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { addService } from "../lab/dns-services.ts";
import { namespacesOf, PLACES, reviewAccess } from "./access-matrix.ts";
import { USERS } from "./example-access.ts";
import { CLUSTERS, type ClusterName, type ExampleFleet, startExampleFleet } from "./example-fleet.ts";
import { outputOf } from "./run.ts";

let fleet: ExampleFleet;

beforeAll(async () => {
  fleet = await startExampleFleet();
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("up"));
});

afterAll(async () => fleet?.[Symbol.asyncDispose]());

describe.each(PLACES)("$user of $cloud on $cluster", (place) => {
  const { cloud, user, cluster } = place;
  const { own, foreign } = namespacesOf(place);

  test("may do what the permission set allows, and nothing else, by the API server's own word", async () => {
    const { found, wanted } = await reviewAccess(fleet, place);
    expect(found).toEqual(wanted);
  });

  test("lists pods in own namespaces, is forbidden to next door, and cannot raise the quota", async () => {
    const api = await fleet.as(cloud, user, cluster);
    const list = async (namespace: string): Promise<string> =>
      api.list({ apiVersion: "v1", kind: "Pod" }, { namespace }).then(
        () => "listed",
        ({ code }) => code,
      );
    expect(await Promise.all(own.map(list))).toEqual(own.map(() => "listed"));
    expect(await Promise.all(foreign.map(list))).toEqual(foreign.map(() => "FORBIDDEN"));
    const raise = async (namespace: string): Promise<string> =>
      api
        .apply({
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "lc-quota", namespace },
          spec: { hard: { pods: "999" } },
        })
        .then(
          () => "raised",
          ({ code }) => code,
        );
    expect(await Promise.all(own.map(raise))).toEqual(own.map(() => "FORBIDDEN"));
    api.close();
  });
});

test("a certificate fits the key beside it, and opens no other cluster", async () => {
  for (const { cloud, user } of USERS) {
    const { users } = await fleet.kubeconfig(cloud, user);
    for (const { name, user: credential } of users) {
      if (credential["client-certificate-data"] === undefined) continue;
      const certificate = Buffer.from(credential["client-certificate-data"], "base64").toString();
      const key = Buffer.from(credential["client-key-data"] ?? "", "base64").toString();
      expect(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)), name).toBe(true);
      const others = CLUSTERS.filter((cluster) => !name.endsWith(cluster));
      for (const other of others) {
        const admin = await fleet.admin(other);
        const stranger = admin.as({ kind: "certificate", certificate, key });
        await expect(stranger.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "default" })).rejects.toMatchObject({
          code: "UNAUTHORIZED",
        });
        stranger.close();
        admin.close();
      }
    }
  }
});

test("every rendered object passes a strict server-side dry run", async () => {
  for (const cluster of await readDist(join(fleet.folder, "dist"))) {
    const api = await fleet.admin(cluster.file.name as ClusterName);
    const manifests = cluster.units.flatMap((unit) => unit.manifests);
    const requests = cluster.clouds.flatMap((cloud) => cloud.requests);
    for (const manifest of [...manifests, ...requests].sort((a, b) => stageOf(a.kind) - stageOf(b.kind))) {
      const { metadata } = await api.apply(manifest, { dryRun: true });
      expect(metadata.name).toBe(manifest.metadata.name);
    }
    api.close();
  }
});

test("the DNS of each cluster has the zones of its clouds, and answers for what they promise", async () => {
  const dist = await readDist(join(fleet.folder, "dist"));
  for (const { file, clouds } of dist) {
    for (const service of clouds.flatMap(({ zone }) => zone?.services ?? [])) {
      const [namespace = "", name = ""] = service.split("/");
      await addService(fleet.lab.clusters[file.name as ClusterName], namespace, name);
    }
  }
  const check = JSON.parse(outputOf(await fleet.lcloud("dns", "check", "-o", "json"))) as DnsCheckReport;
  const told = (cluster: string) => check.clusters.find((each) => each.cluster === cluster)?.zones ?? [];
  for (const { file, clouds } of dist) {
    expect(told(file.name).map(({ cloud }) => cloud)).toEqual(clouds.map(({ name }) => name));
    for (const { names } of told(file.name)) expect(names.filter(({ isRight }) => !isRight)).toEqual([]);
  }
  const storefront = told("k3s-dev-office").find(({ cloud }) => cloud === "storefront");
  expect(storefront?.names.map(({ name }) => name)).toEqual(expect.arrayContaining(["web.storefront"]));
  for (const cluster of CLUSTERS) {
    const dns = fleet.dns.servers[cluster];
    expect((await dns.query("web.storefront", "A")).answers).toHaveLength(1);
    expect((await dns.query("kubernetes.default.svc.cluster.local", "A")).answers).toHaveLength(1);
  }
});

test("the quota rejects one object too many", async () => {
  const api = await fleet.as("storefront", "ana", "gke-staging-eu");
  const pod = (name: string, cpu: string) =>
    api.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "storefront-web" },
      spec: { containers: [{ name: "main", image: "main", resources: { requests: { cpu } } }] },
    });
  const fits = await pod("fits", "12");
  try {
    await expect(pod("too-many", "1m")).rejects.toMatchObject({ code: "FORBIDDEN" });
  } finally {
    await (await fleet.admin("gke-staging-eu")).delete(
      { apiVersion: "v1", kind: "Pod", namespace: "storefront-web", name: "fits" },
      { uid: fits.metadata.uid },
    );
  }
});

test("a second up writes nothing", async () => {
  const written = async (): Promise<readonly string[]> => {
    const events = await Promise.all(CLUSTERS.map((cluster) => fleet.lab.clusters[cluster].auditEvents()));
    return events
      .flat()
      .filter(({ user, verb }) => user.username === "admin" && !["get", "list", "watch"].includes(verb))
      .filter(({ objectRef }) => !objectRef.resource.startsWith("selfsubject"))
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  };
  const before = await written();
  expect(before).not.toEqual([]);
  outputOf(await fleet.lcloud("up"));
  expect((await written()).slice(before.length)).toEqual([]);
});

test("status finds everything delivered and every credential valid", async () => {
  const { code, stdout } = await fleet.lcloud("status", "-o", "json");
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
  const { clusters } = JSON.parse(stdout) as StatusReport;
  expect(clusters.map(({ cluster }) => cluster)).toEqual([...CLUSTERS]);
  for (const { clouds } of clusters) {
    expect([...new Set(clouds.flatMap(({ zone }) => zone?.state ?? []))]).toEqual(["in-place"]);
  }
});
