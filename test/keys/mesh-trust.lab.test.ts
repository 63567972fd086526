import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certifiedNames } from "../../src/keys/certified-names.ts";
import { type MeshStore, openMeshStore } from "../../src/keys/mesh-store.ts";
import { cacertsFor } from "../../src/keys/mesh-trust.ts";
import { readSigner } from "../../src/keys/read-signer.ts";
import { type Cacerts, rootsOf, secretDataOf } from "../../src/mesh/bundle.ts";
import { readAuthority } from "../../src/x509/authority.ts";
import { applyCrds, applyManifests } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { helmTemplate, type Istiod, type Istiods, istioCrds, startIstiods } from "../lab/istio.ts";
import { cloudNamespaceManifest, istiodValues, meshNamespaceManifest } from "../lab/istio-example.ts";
import { connectWorkload } from "../lab/istio-workload.ts";
import { verifyChain } from "../lab/mesh-authority.ts";
import { waitFor } from "../lab/wait.ts";

const CLUSTER = "m1";
const CLOUDS = ["own", "bound", "rsa", "curve", "below"] as const;
type Cloud = (typeof CLOUDS)[number];

let lab: Lab<typeof CLUSTER>;
let istiods: Istiods<Cloud>;
let folder = "";
let store: MeshStore;
/** As post-sync would deliver them. */
const delivered = new Map<Cloud, Cacerts>();

beforeAll(async () => {
  lab = await startLab([{ name: CLUSTER }]);
  folder = await mkdtemp(join(tmpdir(), "lcloud-trust-"));
  store = await openMeshStore(join(folder, "state"));
  await bring("rsa", [await make("rsa-root", ["-newkey", "rsa:2048"])]);
  await bring("curve", [await make("curve-root", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"])]);
  const above = await make("above", ["-newkey", "rsa:3072"]);
  await bring("below", [await make("below", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "above"), above]);
  await applyCrds(lab.clusters.m1, [await istioCrds()]);
  istiods = await startIstiods(lab.clusters.m1, CLOUDS);
  for (const cloud of CLOUDS) {
    await install(cloud);
    await deliver(cloud, `${cloud}.mesh`);
    await istiods.clouds[cloud].ready();
  }
});

afterAll(async () => {
  await istiods?.stop();
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An authority of somebody's openssl, signed by itself or by the one of that name. @returns PEM */
async function make(name: string, key: readonly string[], signer?: string): Promise<string> {
  const by = signer === undefined ? [] : ["-CA", `${signer}.pem`, "-CAkey", `${signer}.key`];
  const usage = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  const out = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/O=somebody/CN=${name}`];
  const args = ["req", "-x509", "-noenc", "-days", "30", ...key, ...usage, ...by, ...out];
  await promisify(execFile)("openssl", args, { cwd: folder });
  return readFile(join(folder, `${name}.pem`), "utf8");
}

/** @param chain - PEM, who signs first. */
async function bring(cloud: Cloud, chain: readonly string[]): Promise<void> {
  const name = readAuthority(chain[0] ?? "").subject.replace(/.*CN=/, "");
  const key = await readFile(join(folder, `${name}.key`), "utf8");
  // what openssl makes begins in this second
  const now = new Date(Date.now() + 1000);
  const files = [
    { path: "chain.pem", text: chain.join("") },
    { path: "key.pem", text: key },
  ] as const;
  const signer = readSigner(...files, certifiedNames(cloud, [`${cloud}.mesh`]), now);
  expect(await store.importRoot(cloud, signer)).toBe("created");
}

async function install(cloud: Cloud): Promise<void> {
  await applyManifests(lab.clusters.m1, [meshNamespaceManifest(cloud, CLUSTER), cloudNamespaceManifest(cloud, cloud)]);
  const values = istiodValues(cloud, CLUSTER);
  await applyManifests(
    lab.clusters.m1,
    await helmTemplate({ chart: "istiod", release: `istiod-${cloud}`, values, namespace: `istio-${cloud}` }),
  );
}

/** Make what is missing, or all anew where the constraint is to be another, and write Secret cacerts. */
async function deliver(cloud: Cloud, trustDomain: string): Promise<Cacerts> {
  const clusters = [{ cluster: CLUSTER, trustDomain, nameConstraints: cloud === "bound" }];
  const { trust } = await store.ensureTrust({ cloud, clusters, now: new Date(), renew: "due" });
  const cacerts = cacertsFor(trust, CLUSTER);
  const metadata = { name: "cacerts", namespace: `istio-${cloud}` };
  await applyManifests(lab.clusters.m1, [
    { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: secretDataOf(cacerts) },
  ]);
  delivered.set(cloud, cacerts);
  return cacerts;
}

function deliveredTo(cloud: Cloud): Cacerts {
  const cacerts = delivered.get(cloud);
  if (cacerts === undefined) throw new Error(`nothing was delivered to ${cloud}`);
  return cacerts;
}

/** What istiod shows to sidecars; its chain is verified. */
async function servedCertificate(istiod: Istiod, roots: string): Promise<X509Certificate> {
  const [host = "", port] = istiod.secureAddress.split(":");
  const servername = `istiod-${istiod.cloud}.istio-${istiod.cloud}.svc`;
  const socket = connect({ host, port: Number(port), servername, ca: roots, ALPNProtocols: ["h2"] });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve).once("error", reject);
    });
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) throw new Error(`${istiod.cloud} serves no certificate`);
    return certificate;
  } finally {
    socket.destroy();
  }
}

describe.for(CLOUDS)("below the root of cloud %s", (cloud) => {
  test("istiod signs with what is plugged in, and serves it", async () => {
    const { caCert, rootCert } = deliveredTo(cloud);
    const istiod = istiods.clouds[cloud];
    expect(istiod.log()).toContain("Use local CA certificate");
    expect(istiod.log()).toContain(`Issuer: "CN=${CLUSTER},OU=${cloud},O=logical-clouds"`);
    expect(istiod.log()).not.toContain("self-signed");
    const served = await servedCertificate(istiod, rootCert);
    const authority = new X509Certificate(caCert);
    expect(served.checkIssued(authority) && served.verify(authority.publicKey)).toBe(true);
  });

  test("a workload's certificate leads to that root and to no other, by authorities that may stand there", async () => {
    const { caCert, certChain, rootCert } = deliveredTo(cloud);
    using workload = await connectWorkload(istiods.clouds[cloud], { namespace: cloud, roots: rootCert });
    const { chain, identity } = await workload.certificate();
    expect(identity).toBe(`spiffe://${cloud}.mesh/ns/${cloud}/sa/default`);
    const sent = chain.flatMap(rootsOf);
    expect(sent.slice(1)).toEqual([...rootsOf(certChain), ...rootsOf(rootCert)]);
    const between = sent.slice(0, -1);
    expect(await verifyChain(between, rootCert)).toBeUndefined();
    const stranger = deliveredTo(cloud === "own" ? "rsa" : "own").rootCert;
    expect(await verifyChain(between, stranger)).toMatch(/unable to get|self-signed/);
    expect(readAuthority(caCert).pathLength).toBe(0);
    expect(rootsOf(certChain)).toHaveLength(cloud === "below" ? 2 : 1);
  });
});

test("what an authority certifies outside of the trust domain that it is bound to is worth nothing", async () => {
  const { caCert, rootCert } = await deliver("bound", "other.mesh");
  expect(readAuthority(caCert).constraints).toEqual(["permitted;URI:other.mesh"]);
  using workload = await connectWorkload(istiods.clouds.bound, { namespace: "bound", roots: rootCert });
  const chain = await waitFor("a certificate of the authority that is bound to another", async () => {
    const certificates = (await workload.certificate()).chain.flatMap(rootsOf);
    return rootsOf(caCert)[0] === certificates[1] ? certificates : undefined;
  });
  expect(await verifyChain(chain.slice(0, -1), rootCert)).toMatch(/permitted subtree violation/);
});
