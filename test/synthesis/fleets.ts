import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { load, loadAll } from "js-yaml";
import { expect, onTestFinished } from "vitest";
import { type ClusterProps, defineFleet, FleetApp } from "../../src/index.ts";
import { CloudError, type Fault } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";
import { secretsIn } from "./secrets-in.ts";

/** A cluster of each identity kind, each with an own place for DNS, so that renderings differ. */
export const CLUSTERS = {
  eks: {
    kubernetes: "1.33",
    labels: { env: "prod" },
    identity: "oidc",
    platform: "eks",
    dns: { nodeLocalAddress: "none" },
    oidc: { username: "corp:{cloud}:{user}", exec: { command: "kubelogin", args: ["--cluster={cluster}"] } },
  },
  gke: { kubernetes: "1.33", labels: { env: "staging" }, identity: "x509", apiServerCidrs: ["10.0.0.1/32"] },
  k3s: { kubernetes: "1.34", labels: { env: "dev" }, identity: "service-account" },
} as const satisfies Readonly<Record<string, ClusterProps>>;

/** An app in a folder of its own, which is removed when the test ends; what it has rendered by then must hold no secret. */
export function newApp(clusters: Readonly<Record<string, ClusterProps>> = CLUSTERS) {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-synthesis-"));
  const [outdir, identities] = [join(folder, "dist"), join(folder, "identities")];
  onTestFinished(() => {
    const secrets = secretsIn(outdir);
    rmSync(folder, { recursive: true, force: true });
    expect(secrets).toEqual([]);
  });
  const app = new FleetApp({ fleet: defineFleet({ clusters }), outdir, identities });
  return { app, outdir, identities };
}

export const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** Put a user's request where synthesis looks for it. @returns The group of the key. */
export function enroll(identities: string, cloud: string, user: string, key = newKey()): string {
  const path = join(identities, cloud, `${user}.csr.pem`);
  mkdirSync(dirname(path), { recursive: true });
  const organization = keyGroup(key);
  writeFileSync(path, requestOf(key, commonNameOf(cloud, user), organization));
  return organization;
}

const requests = new WeakMap<KeyObject, Map<string, string>>();

/** The same text whenever it is asked for: an ECDSA signature never is. */
function requestOf(key: KeyObject, commonName: string, organization: string): string {
  const ofKey = requests.get(key) ?? new Map<string, string>();
  requests.set(key, ofKey);
  const request = ofKey.get(commonName) ?? createRequest(key, { commonName, organization });
  ofKey.set(commonName, request);
  return request;
}

/** All files of a folder by path. */
export function readFiles(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

export const readManifests = (path: string): readonly Manifest[] =>
  loadAll(readFileSync(path, "utf8")) as readonly Manifest[];

export const readManifest = (text: string): Manifest => load(text) as Manifest;

/** The faults of a synth that must fail. */
export function faultsOf(synth: () => void): readonly Fault[] {
  try {
    synth();
  } catch (error) {
    if (error instanceof CloudError && error.code === "INVALID") return error.faults;
    throw error;
  }
  throw new Error("it found no fault");
}

export type ExpectedFault = readonly [path: string, message: RegExp];

/** Expect a synth to tell these faults, each with a remedy, and to write nothing. */
export function expectFaults(define: (app: FleetApp) => void, expected: readonly ExpectedFault[]): void {
  const { app, outdir } = newApp({ one: { kubernetes: "1.33", identity: "service-account" } });
  define(app);
  const faults = faultsOf(() => app.synth());
  expect(faults.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
  for (const { message } of faults) expect(message).toContain("; ");
  expect(existsSync(outdir)).toBe(false);
}
