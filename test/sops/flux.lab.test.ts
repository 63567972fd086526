import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Include } from "cdk8s";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pushArtifact } from "../../src/delivery/oci/push-artifact.ts";
import { bootstrapManifests } from "../../src/engine/manifests.ts";
import { defineFleet, FleetApp, LogicalCloud } from "../../src/index.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { encrypt } from "../../src/pipeline.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { OPTIONS } from "../delivery/oci/pushing.ts";
import { applyManifests } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type Flux, startFlux } from "../lab/flux.ts";
import { hasRegistry, type Registry, startRegistry } from "../lab/registry.ts";
import { newKey, secretOf } from "./secrets.ts";

const CLUSTER = "edge-1";
const withRegistry = await hasRegistry();

let lab: Lab<typeof CLUSTER>;
let flux: Flux;
let registry: Registry;
let api: KubeApi;
let folder: string;

beforeAll(async () => {
  if (!withRegistry) return;
  folder = mkdtempSync(join(tmpdir(), "lcloud-secrets-"));
  registry = await startRegistry();
  lab = await startLab([{ name: CLUSTER }]);
  flux = await startFlux(lab.clusters[CLUSTER]);
  api = await connectTo(lab, CLUSTER);
});

afterAll(async () => {
  api?.close();
  await flux?.stop();
  await lab?.stop();
  await registry?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** As clouds/ does it. */
function synthesize(file: string): string {
  const outdir = join(folder, "dist");
  const oci = { repository: `oci://${registry.host}/fleet`, flux: { decryptionSecret: "sops-age" } };
  const clusters = { [CLUSTER]: { kubernetes: "1.33", identity: "service-account", delivery: { oci } } } as const;
  const app = new FleetApp({ fleet: defineFleet({ clusters }), outdir, identities: join(folder, "identities") });
  new Include(new LogicalCloud(app, "shop").on(CLUSTER), "db", { url: join(folder, file) });
  app.synth();
  return outdir;
}

test.skipIf(!withRegistry)("Flux decrypts in the cluster what was encrypted into clouds/", async () => {
  const key = await newKey();
  const values = { password: 'hunter2 "x"', "tls.key": "-----BEGIN-----\nabc\n-----END-----\n", empty: "" };
  const deliver = async (stringData: Readonly<Record<string, string>>): Promise<void> => {
    const text = formatManifest(secretOf(stringData));
    const { file } = await encrypt({ folder, input: { text }, recipients: [key.recipient] });
    const outdir = synthesize(file);
    const [rendered] = await readDist(outdir);
    const files = rendered?.files ?? new Map<string, Buffer>();
    const all = Buffer.concat([...files.values()]).toString();
    for (const value of Object.values(stringData).filter((each) => each !== "")) expect(all).not.toContain(value);
    const delivery = rendered?.file.delivery;
    if (delivery?.kind !== "oci") throw new Error("is not delivered by a registry");
    await pushArtifact(delivery, CLUSTER, files, OPTIONS);
    await applyManifests(lab.clusters[CLUSTER], [
      ...bootstrapManifests(delivery, CLUSTER),
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "sops-age", namespace: flux.namespace },
        stringData: { "identity.agekey": key.identity },
      },
    ]);
  };
  const live = async (): Promise<Readonly<Record<string, string>> | undefined> => {
    const found = await api.get({ apiVersion: "v1", kind: "Secret", namespace: "shop", name: "db" });
    const data = Object.entries((found?.["data"] ?? {}) as Readonly<Record<string, string>>);
    return found && Object.fromEntries(data.map(([name, text]) => [name, Buffer.from(text, "base64").toString()]));
  };
  await deliver(values);
  await expect.poll(live, { timeout: 90_000 }).toEqual(values);
  await deliver({ ...values, password: "another" });
  await expect.poll(live, { timeout: 90_000 }).toEqual({ ...values, password: "another" });
});
