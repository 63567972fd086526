import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { readDist } from "../../src/rendered/read-dist.ts";

let dist: string;
beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), "lcloud-zones-"));
  await cp(fileURLToPath(new URL("../golden/zones", import.meta.url)), dist, { recursive: true });
});
afterEach(() => rm(dist, { recursive: true, force: true }));

async function faultyPaths(): Promise<readonly string[]> {
  const error: unknown = await readDist(dist).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CloudError)) throw error;
  expect(error.code).toBe("INVALID");
  for (const { message } of error.faults) expect(message).toMatch(/; run lcloud synth/);
  return [...new Set(error.faults.map(({ path }) => path.slice(dist.length + 1)))];
}

const change = async (path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(join(dist, path), "utf8");
  expect(text).toContain(from);
  await writeFile(join(dist, path), text.replaceAll(from, to));
};
const copy = (from: string, to: string) => cp(join(dist, from), join(dist, to), { recursive: true });
const remove = (path: string) => rm(join(dist, path), { recursive: true });

test("a cloud has the zone that was rendered, and its unit the object that says so", async () => {
  const clusters = await readDist(dist);
  const zonesOn = (name: string) => {
    const found = clusters.find(({ file }) => file.name === name);
    return Object.fromEntries((found?.clouds ?? []).map(({ name: cloud, zone }) => [cloud, zone]));
  };
  expect(zonesOn("aks")).toEqual({});
  expect(zonesOn("gke")).toEqual({
    bank: {
      zone: "bank.corp",
      mode: "forward",
      namespaces: ["bank"],
      clusterDomain: "cluster.local",
      to: { kind: "addresses", addresses: ["192.0.2.53", "2001:db8::53"] },
      services: ["bank/ledger"],
    },
    lab: {
      zone: "lab",
      mode: "native",
      namespaces: ["lab"],
      clusterDomain: "cluster.local",
      services: ["lab/notebook"],
    },
    wiki: {
      zone: "pages.wiki-corp",
      mode: "forward",
      namespaces: ["wiki-pages", "wiki-dns"],
      clusterDomain: "cluster.local",
      to: { kind: "service", namespace: "wiki-dns", name: "resolver", port: 53 },
      services: [],
    },
  });
  for (const { units, clouds } of clusters) {
    for (const { cloud, manifests } of units) {
      const names = manifests.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("lcloud-zone-"));
      const hasZone = clouds.some(({ name, zone }) => name === cloud && zone !== undefined);
      expect(names).toEqual(hasZone ? [`lcloud-zone-${cloud}`] : []);
    }
  }
});

test("what others have keys in is the cluster's, wherever its writer can share it", async () => {
  const clusters = await readDist(dist);
  const sharing = clusters.filter(({ units: [shared] }) =>
    shared?.manifests.some(({ metadata }) => metadata.name === "coredns-custom"),
  );
  expect(sharing.map(({ file }) => file.name)).toEqual(["aks", "gardener"]);
});

const zone = "kubeadm/clouds/shop/dns.k8s.yaml";
const custom = "gardener/cluster/dns.k8s.yaml";

describe("refused with its file:", () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ["a block that was changed by hand", zone, () => change(zone, "max_concurrent 1000", "max_concurrent 9999")],
    ["a zone that was changed by hand", zone, () => change(zone, "  zone: our-shop", "  zone: your-shop")],
    ["a zone that is none", zone, () => change(zone, "our-shop", "our_shop")],
    ["a zone under another cloud's name", zone, () => change(zone, "lcloud-zone-shop", "lcloud-zone-bank")],
    ["a zone with more fields", zone, () => change(zone, "\ndata:", "\nimmutable: true\ndata:")],
    ["a zone twice", zone, () => change(zone, "  zone: our-shop\n", "  zone: our-shop\n---\na: b\n")],
    ["a zone of a namespace that is gone", zone, () => change("kubeadm/clouds/shop/cloud.k8s.yaml", "shop-api", "api")],
    ["a zone of a cloud that is gone", zone, () => remove("kubeadm/clouds/shop/cloud.k8s.yaml")],
    ["a zone for another provider", zone, () => copy("gardener/clouds/shop/dns.k8s.yaml", zone)],
    [
      "a zone where nobody has named a provider",
      "old/clouds/shop/dns.k8s.yaml",
      async () => {
        const { dns: _, ...file } = JSON.parse(await readFile(join(dist, "old/cluster.json"), "utf8"));
        await writeFile(join(dist, "old/cluster.json"), JSON.stringify(file));
      },
    ],
    ["an unknown provider", "old/cluster.json", () => change("old/cluster.json", '"corefile"', '"bind"')],
    ["a key that was changed by hand", custom, () => change(custom, "max_concurrent 1000", "max_concurrent 9999")],
    ["a zone without its key", custom, () => copy("aks/cluster/dns.k8s.yaml", custom)],
    ["no ConfigMap for keys", custom, () => remove(custom)],
    [
      "a ConfigMap for keys where none is read",
      "kubeadm/cluster/dns.k8s.yaml",
      () => copy("aks/cluster/dns.k8s.yaml", "kubeadm/cluster/dns.k8s.yaml"),
    ],
    [
      "a ConfigMap for keys where its writer would delete those of others",
      "k3s/cluster/dns.k8s.yaml",
      () => copy(custom, "k3s/cluster/dns.k8s.yaml"),
    ],
    [
      "a policy that leaves a zone out",
      "gardener/cluster/cluster.k8s.yaml",
      () => change("gardener/cluster/cluster.k8s.yaml", "'.bank.corp.',", ""),
    ],
    [
      "a policy that only warns",
      "gardener/cluster/cluster.k8s.yaml",
      () => change("gardener/cluster/cluster.k8s.yaml", "- Deny", "- Warn"),
    ],
    [
      "half a policy",
      "old/cluster/cluster.k8s.yaml",
      async () => {
        const text = await readFile(join(dist, "kubeadm/cluster/cluster.k8s.yaml"), "utf8");
        await writeFile(join(dist, "old/cluster/cluster.k8s.yaml"), text.slice(0, text.lastIndexOf("---\n")));
      },
    ],
    [
      "one zone for two clouds",
      "kubeadm/clouds/wiki/dns.k8s.yaml",
      () => change("kubeadm/clouds/wiki/dns.k8s.yaml", "pages.wiki-corp", "our-shop"),
    ],
  ])("%s", async (_, path, damage) => {
    await damage();
    expect(await faultyPaths()).toContain(path);
  });
});
