import { join } from "node:path";
import { ApiObject } from "cdk8s";
import { beforeAll, expect, test } from "vitest";
import { type ClusterProps, LogicalCloud } from "../../src/index.ts";
import type { EncryptedSecret } from "../../src/sops/parse-secret.ts";
import { encrypt, newKey, secretOf } from "../sops/secrets.ts";
import { faultsOf, newApp, readManifests } from "./fleets.ts";

let secret: EncryptedSecret;

beforeAll(async () => {
  secret = await encrypt(secretOf({ password: "hunter2", empty: "" }), [await newKey()]);
});

type Delivery = NonNullable<ClusterProps["delivery"]>;

const repository = "https://git.example.com/fleet";
const decrypting = { decryptionSecret: "sops-age" };

const appWith = (delivery: Delivery, manifest: object) => {
  const made = newApp({ one: { kubernetes: "1.33", identity: "service-account", delivery } });
  new ApiObject(new LogicalCloud(made.app, "shop").on("one"), "db", manifest as never);
  return made;
};

test.each<[string, Delivery]>([
  ["git", { git: { repository, engine: "flux", flux: decrypting } }],
  ["a registry", { oci: { repository: "oci://registry.example.com/fleet", flux: decrypting } }],
])("what is encrypted passes as it is where Flux decrypts what it pulls from %s", (_, delivery) => {
  const { app, outdir } = appWith(delivery, secret);
  app.synth();
  const found = readManifests(join(outdir, "one/clouds/shop/cloud.k8s.yaml")).find(({ kind }) => kind === "Secret");
  expect(found).toMatchObject({ sops: secret.sops, stringData: secret["stringData"] });
});

test.each<[string, Delivery]>([
  ["nobody pulls", "direct"],
  ["Argo CD pulls", { git: { repository, engine: "argocd" } }],
  ["Flux has no key", { git: { repository, engine: "flux" } }],
])("what is encrypted is refused where %s", (_, delivery) => {
  expect(faultsOf(() => appWith(delivery, secret).app.synth())).toEqual([
    { path: "shop/one/db", message: expect.stringContaining("flux.decryptionSecret") },
  ]);
});

test.each<[string, (sealed: EncryptedSecret) => object]>([
  ["all of it", () => secretOf({ password: "hunter2" })],
  ["one value among others", (sealed) => ({ ...sealed, data: { pin: "MTIzNA==" } })],
  ["values without what SOPS says of them", ({ sops: _, ...rest }) => rest],
])("plaintext is refused wherever it would go: %s", (_, change) => {
  const delivery: Delivery = { git: { repository, engine: "flux", flux: decrypting } };
  expect(faultsOf(() => appWith(delivery, change(secret)).app.synth())).toEqual([
    { path: "shop/one/db", message: expect.stringContaining("lcloud encrypt") },
  ]);
});
