import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Keys of Secret cacerts, PEM. */
export interface Cacerts {
  readonly "ca-cert.pem": string;
  readonly "ca-key.pem": string;
  readonly "root-cert.pem": string;
  readonly "cert-chain.pem": string;
}

const openssl = (args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  promisify(execFile)("openssl", args);

const AUTHORITY = "basicConstraints=critical,CA:TRUE";
const KEY_USAGE = "keyUsage=critical,digitalSignature,keyCertSign,cRLSign";

/** A root and an intermediate for each cluster, by openssl: an authority that owes nothing to the product. */
export async function opensslCacerts<const N extends string>(
  cloud: string,
  clusters: readonly N[],
): Promise<Record<N, Cacerts>> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-openssl-"));
  const file = (name: string): string => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  try {
    await openssl([
      ...["req", "-x509", ...key, "-days", "30", "-subj", `/O=${cloud}/CN=Root CA`],
      ...["-addext", AUTHORITY, "-addext", KEY_USAGE, "-keyout", file("root.key"), "-out", file("root.pem")],
    ]);
    const made: Record<string, Cacerts> = {};
    for (const cluster of clusters) {
      await mkdir(file(cluster));
      await openssl([
        ...["req", "-x509", ...key, "-days", "20", "-subj", `/O=${cloud}/L=${cluster}/CN=Intermediate CA`],
        ...["-CA", file("root.pem"), "-CAkey", file("root.key"), "-addext", `${AUTHORITY},pathlen:0`],
        ...["-addext", KEY_USAGE, "-addext", `subjectAltName=DNS:istiod-${cloud}.istio-${cloud}.svc`],
        ...["-keyout", file(`${cluster}/key.pem`), "-out", file(`${cluster}/cert.pem`)],
      ]);
      const read = (name: string): Promise<string> => readFile(file(name), "utf8");
      const certificate = await read(`${cluster}/cert.pem`);
      made[cluster] = {
        "ca-cert.pem": certificate,
        "ca-key.pem": await read(`${cluster}/key.pem`),
        "root-cert.pem": await read("root.pem"),
        "cert-chain.pem": certificate,
      };
    }
    return made;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Secret `cacerts` of a cloud's control plane. */
export const cacertsManifest = (cloud: string, cacerts: Cacerts): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "cacerts", namespace: `istio-${cloud}` },
  type: "Opaque",
  stringData: cacerts,
});

/**
 * Whether a chain leads to a root, by openssl's path validation (node:crypto has none).
 *
 * @param chain - PEM blocks: the certificate, then its intermediates.
 * @param roots - PEM; each of them is trusted.
 * @returns undefined where it does; what openssl says otherwise.
 */
export async function verifyChain(chain: readonly string[], roots: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-openssl-"));
  const [leaf = "", ...intermediates] = chain;
  try {
    await writeFile(join(folder, "leaf.pem"), leaf);
    await writeFile(join(folder, "chain.pem"), intermediates.join("\n"));
    await writeFile(join(folder, "roots.pem"), roots);
    const untrusted = intermediates.length === 0 ? [] : ["-untrusted", join(folder, "chain.pem")];
    const trusted = ["-no-CApath", "-no-CAstore", "-CAfile", join(folder, "roots.pem")];
    await openssl(["verify", "-x509_strict", ...trusted, ...untrusted, join(folder, "leaf.pem")]);
    return undefined;
  } catch (error) {
    return error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
