import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgeRequest } from "../x509/forged-request.ts";
import { type Lab, type LabCluster, startLab } from "./clusters.ts";
import { get } from "./https-get.ts";
import { type OidcIssuer, startOidcIssuer } from "./oidc-issuer.ts";
import { waitFor } from "./wait.ts";

let issuer: OidcIssuer;
let lab: Lab<"eu" | "eks">;

beforeAll(async () => {
  issuer = await startOidcIssuer();
  lab = await startLab([
    { name: "eu", audit: true },
    { name: "eks", signer: false, oidc: issuer.trust("sso:") },
  ]);
});

afterAll(async () => {
  await lab?.stop();
  await issuer?.stop();
});

test("clusters have authorities of their own", async () => {
  const { eu, eks } = lab.clusters;
  const asStranger = { ...eu.admin, credential: eks.admin.credential };
  expect((await get(eu.admin, "/api"))?.status).toBe(200);
  expect((await get(asStranger, "/api"))?.status).toBe(401);
  expect(await get({ ...eu.admin, certificateAuthority: eks.certificateAuthority }, "/api")).toBeUndefined();
});

test("the lab's kubeconfig has a context for each cluster", async () => {
  for (const name of ["eu", "eks"]) {
    const args = ["--kubeconfig", lab.kubeconfig, "--context", name, "cluster-info"];
    expect(await run(args)).toContain(lab.clusters[name as "eu" | "eks"].server);
  }
});

test("aggregated roles have all their parts from the start", async () => {
  for (const cluster of Object.values(lab.clusters)) {
    await kubectl(cluster, "create", "rolebinding", "ana", "--clusterrole", "admin", "--user", "ana");
    for (const action of ["create rolebindings", "create deployments.apps", "get resourcequotas"]) {
      expect(await kubectl(cluster, "auth", "can-i", ...action.split(" "), "--as", "ana")).toBe("yes\n");
    }
  }
});

test("an approved request is signed, but not where the signer is off", async () => {
  const certificate = (cluster: LabCluster): Promise<string> =>
    kubectl(cluster, "get", "csr", "ada", "--output", "jsonpath={.status.certificate}");
  const { eu, eks } = lab.clusters;
  for (const cluster of [eks, eu]) {
    await create(cluster, signingRequest("ada"));
    await kubectl(cluster, "certificate", "approve", "ada");
  }
  await waitFor("a certificate", async () => (await certificate(eu)) || undefined);
  expect(await certificate(eks)).toBe("");
});

test("a killed cluster refuses connections until it is restarted with the same objects", async () => {
  const { eu, eks } = lab.clusters;
  await kubectl(eu, "create", "configmap", "kept");
  await eu.kill();
  await expect(kubectl(eu, "get", "configmap", "kept")).rejects.toThrow("refused");
  expect((await get(eks.admin, "/readyz"))?.status).toBe(200);
  await eu.restart();
  expect(await kubectl(eu, "get", "configmap", "kept", "--output", "name")).toBe("configmap/kept\n");
});

test("a request is in the audit log as soon as it is answered", async () => {
  const { eu } = lab.clusters;
  for (let turn = 0; turn < 20; turn += 1) {
    const name = `absent-${turn}`;
    await get(eu.admin, `/api/v1/namespaces/${name}`);
    const event = (await eu.auditEvents()).find(({ objectRef }) => objectRef.name === name);
    expect(event).toMatchObject({ verb: "get", user: { username: "admin" }, responseStatus: { code: 404 } });
  }
});

test("an OIDC token authenticates its user under the prefix, and its groups", async () => {
  const token = issuer.token({ username: "ana", groups: ["devs"] });
  const { userInfo } = await whoAmI(lab.clusters.eks, { token });
  expect(userInfo.username).toBe("sso:ana");
  expect(userInfo.groups).toContain("sso:devs");
});

test("an expired OIDC token is refused", async () => {
  const token = issuer.token({ username: "ana", expiresInSeconds: -60 });
  await expect(whoAmI(lab.clusters.eks, { token })).rejects.toThrow("Unauthorized");
});

test("the login program gives kubectl the token of who logs in", async () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["-C", "source", join(import.meta.dirname, "oidc-login.ts"), issuer.url],
    env: [{ name: "OIDC_CA", value: issuer.certificateAuthority }],
    interactiveMode: "IfAvailable",
  };
  const { userInfo } = await whoAmI(lab.clusters.eks, { exec }, { ...process.env, OIDC_USER: "ben" });
  expect(userInfo.username).toBe("sso:ben");
});

async function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { stdout } = await promisify(execFile)(lab.kubectl, args, { env });
  return stdout;
}

const kubectl = (cluster: LabCluster, ...args: readonly string[]): Promise<string> =>
  run(["--kubeconfig", cluster.kubeconfig, ...args]);

async function create(cluster: LabCluster, manifest: object): Promise<void> {
  const file = `${cluster.kubeconfig}.manifest.json`;
  await writeFile(file, JSON.stringify(manifest));
  await kubectl(cluster, "create", "--filename", file);
}

const signingRequest = (name: string): object => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name },
  spec: {
    request: Buffer.from(forgeRequest()).toString("base64"),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
  },
});

/** @param user - A kubeconfig's. */
async function whoAmI({ server, certificateAuthority, kubeconfig }: LabCluster, user: object, env?: NodeJS.ProcessEnv) {
  const authority = Buffer.from(certificateAuthority).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
  const file = `${kubeconfig}.user.json`;
  await writeFile(file, JSON.stringify(config));
  return JSON.parse(await run(["--kubeconfig", file, "auth", "whoami", "--output", "json"], env)).status;
}
