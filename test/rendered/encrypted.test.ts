import { beforeAll, expect, test } from "vitest";
import type { Delivery } from "../../src/model/delivery.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { checkRendered } from "../../src/rendered/check-rendered.ts";
import { encrypt, newKey, secretOf } from "../sops/secrets.ts";
import { renderedCluster } from "./rendered-clusters.ts";

let secret: Manifest;

beforeAll(async () => {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: "shop" };
  const metadata = { name: "db", namespace: "shop", labels };
  secret = await encrypt(secretOf({ password: "hunter2" }, { metadata }), [await newKey()]);
});

const flux: Delivery = {
  kind: "oci",
  repository: "oci://registry.example.com/fleet",
  tag: "latest",
  engine: { kind: "flux", namespace: "flux-system", unit: "cloud" },
};

const withSecret = (manifest: Manifest, delivery: Delivery) => {
  const cluster = renderedCluster("one", { kind: "x509", requesters: [] }, { shop: [] });
  const units = cluster.units.map((unit) =>
    unit.cloud === "shop" ? { ...unit, manifests: [...unit.manifests, manifest] } : unit,
  );
  return checkRendered({ ...cluster, units, file: { ...cluster.file, delivery } });
};

test.each<[string, Delivery]>([
  ["Flux", flux],
  ["us", { kind: "direct" }],
])("values that everybody reads are delivered by nobody, not by %s", (_, delivery) => {
  const { metadata } = secret;
  const plain: Manifest = { apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "hunter2" } };
  const faults = withSecret(plain, delivery);
  expect(faults).toEqual([
    {
      path: "one/clouds/shop/cloud.k8s.yaml",
      message: expect.stringMatching(/^Secret\/shop\/db holds values that everybody reads; .*lcloud encrypt/),
    },
  ]);
  expect(JSON.stringify(faults)).not.toContain("hunter2");
  expect(withSecret({ apiVersion: "v1", kind: "Secret", metadata }, delivery)).toEqual([]);
});

test.each<[string, Delivery, number]>([
  ["who decrypts", { ...flux, engine: { ...flux.engine, decryptionSecret: "sops-age" } }, 0],
  ["a Flux without keys", flux, 1],
  ["server-side apply", { kind: "direct" }, 1],
])("ciphertext is delivered by nobody but who decrypts: %s", (_, delivery, count) => {
  const faults = withSecret(secret, delivery);
  expect(faults).toHaveLength(count);
  for (const { path, message } of faults) {
    expect([path, message]).toEqual([
      "one/clouds/shop/cloud.k8s.yaml",
      expect.stringMatching(/Secret\/shop\/db is encrypted.*flux\.decryptionSecret/),
    ]);
  }
});
