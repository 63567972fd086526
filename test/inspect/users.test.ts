import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspectCluster, inspectStored } from "../../src/inspect/inspect-cluster.ts";
import { writePrivateFile } from "../../src/keys/private-file.ts";
import { certificatePath, kubeconfigPath } from "../../src/keys/state-layout.ts";
import type { UserStatus } from "../../src/model/status.ts";
import type { ClusterIdentity, GrantCredential } from "../../src/rendered/files.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest, parseRequest } from "../../src/x509/request.ts";
import { rendered } from "../delivery/rendered.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { issueCertificate } from "../x509/issued-certificate.ts";

const now = new Date("2030-01-01T00:00:00Z");
const later = new Date("2030-02-01T00:00:00Z");
const earlier = new Date("2029-12-01T00:00:00Z");

const keyOf = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const adaKey = keyOf();
const requestFor = (key: KeyObject) =>
  createRequest(key, { commonName: commonNameOf("shop", "ada"), organization: keyGroup(key) });

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "inspect-"));
});
afterEach(() => rm(stateDir, { recursive: true }));

const place = () => ({ stateDir, cluster: "east", cloud: "shop", user: "ada" });

function dist(identity: ClusterIdentity, credential: GrantCredential): RenderedCluster {
  const { file, ...cluster } = rendered({ shop: [] });
  const request = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "lc-shop-ada" },
    spec: { request: Buffer.from(requestFor(adaKey)).toString("base64") },
  };
  const grants = [{ name: "ada", namespaces: ["shop"], credential }];
  return { ...cluster, file: { ...file, identity }, clouds: [{ name: "shop", requests: [request], grants }] };
}

const x509 = dist({ kind: "x509", requesters: [] }, { kind: "x509", request: "lc-shop-ada" });
const accounts = dist(
  { kind: "service-account", expirationSeconds: 3600 },
  { kind: "service-account", serviceAccount: "shop.ada" },
);

async function statusOf(cluster: RenderedCluster): Promise<UserStatus | undefined> {
  const { clouds } = await inspectCluster(fakeCluster("east"), cluster, { stateDir, now });
  return clouds[0]?.users[0];
}

const storeCertificate = (key: KeyObject, notAfter: Date) =>
  writePrivateFile(certificatePath(place()), issueCertificate(parseRequest(requestFor(key)), { notAfter }));

async function storeToken(extension: object): Promise<void> {
  const user = { token: "secret", extensions: [{ name: "logical-clouds.io/token", extension }] };
  const kubeconfig = { apiVersion: "v1", kind: "Config", users: [{ name: "ada@shop.east", user }] };
  await writePrivateFile(kubeconfigPath(stateDir, "shop", "ada"), formatManifest(kubeconfig));
}

test("a certificate is told with its end, and whether that has come", async () => {
  expect(await statusOf(x509)).toEqual({ user: "ada", kind: "x509", credential: "none" });
  await storeCertificate(adaKey, later);
  expect(await statusOf(x509)).toEqual({ user: "ada", kind: "x509", credential: "valid", expires: later });
  await storeCertificate(adaKey, earlier);
  expect(await statusOf(x509)).toEqual({ user: "ada", kind: "x509", credential: "ended", expires: earlier });
});

test("a certificate for another key than today's request is outdated", async () => {
  await storeCertificate(keyOf(), later);
  expect(await statusOf(x509)).toMatchObject({ credential: "outdated", expires: later });
});

test("a certificate that is open to others is not read, and why is told", async () => {
  await storeCertificate(adaKey, later);
  await chmod(certificatePath(place()), 0o644);
  expect(await statusOf(x509)).toMatchObject({ credential: "unreadable", failure: { code: "KEY_STORE" } });
});

test("a token is told with its end, and not shown", async () => {
  expect(await statusOf(accounts)).toEqual({ user: "ada", kind: "service-account", credential: "none" });
  await storeToken({ expires: later.toISOString() });
  const status = await statusOf(accounts);
  expect(status).toEqual({ user: "ada", kind: "service-account", credential: "valid", expires: later });
  expect(JSON.stringify(status)).not.toContain("secret");
});

test("a token of which no end is known is as good as none", async () => {
  for (const extension of [{}, { expires: "soon" }]) {
    await storeToken(extension);
    expect(await statusOf(accounts)).toMatchObject({ credential: "none" });
  }
});

test("a kubeconfig is read once in a look at many clusters", async () => {
  const look = { stateDir, now };
  const failure = { code: "UNREACHABLE", message: "no answer" } as const;
  await storeToken({ expires: later.toISOString() });
  const first = await inspectStored(accounts, look, failure);
  await storeToken({ expires: earlier.toISOString() });
  expect(await inspectStored(accounts, look, failure)).toEqual(first);
  expect(await statusOf(accounts)).toMatchObject({ credential: "ended" });
});

test("a file that is no certificate is told with its path", async () => {
  await writePrivateFile(certificatePath(place()), "no certificate");
  const status = await statusOf(x509);
  expect(status).toMatchObject({ credential: "unreadable", failure: { code: "CERTIFICATE_WRONG" } });
  expect(status?.failure?.message).toContain(certificatePath(place()));
});

test("who logs in elsewhere has no credential of ours", async () => {
  const exec = { apiVersion: "v1", command: "login", args: [], env: [], interactiveMode: "Never" } as const;
  const oidc = dist({ kind: "oidc", exec }, { kind: "oidc", username: "ada@example.org" });
  expect(await statusOf(oidc)).toEqual({ user: "ada", kind: "oidc", credential: "external" });
});
