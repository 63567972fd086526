import { hash } from "node:crypto";
import { Malformed } from "../x509/der.ts";
import { formatPem, readPem } from "../x509/pem.ts";
import { ROOTS_KEY } from "./names.ts";

/** What istiod reads from Secret `cacerts`; PEM. */
export interface Cacerts {
  /** Of the authority of the cluster alone. */
  readonly caCert: string;
  /** Its private key: PKCS#8. */
  readonly caKey: string;
  /** Whom workloads trust; several while a root is changed. */
  readonly rootCert: string;
  /** From the authority of the cluster up to below the root; istiod sends it along with each workload's certificate. */
  readonly certChain: string;
}

/** Keys of Secret `cacerts`. @see https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/ */
const KEYS = {
  caCert: "ca-cert.pem",
  caKey: "ca-key.pem",
  rootCert: ROOTS_KEY,
  certChain: "cert-chain.pem",
} as const satisfies Record<keyof Cacerts, string>;

/** `data` of Secret `cacerts`: base64. */
export const secretDataOf = (cacerts: Cacerts): Readonly<Record<string, string>> => ({
  [KEYS.caCert]: toBase64(cacerts.caCert),
  [KEYS.caKey]: toBase64(cacerts.caKey),
  [KEYS.certChain]: toBase64(cacerts.certChain),
  [KEYS.rootCert]: toBase64(cacerts.rootCert),
});

/**
 * The inverse of {@link secretDataOf}.
 *
 * @returns undefined where one of the four is missing: istiod does not start with such a Secret, or signs for itself.
 */
export function cacertsOf(secretData: Readonly<Record<string, string>>): Cacerts | undefined {
  const read = (key: string): string | undefined => {
    const value = secretData[key];
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  };
  const [caCert, caKey] = [read(KEYS.caCert), read(KEYS.caKey)];
  const [rootCert, certChain] = [read(KEYS.rootCert), read(KEYS.certChain)];
  if (caCert === undefined || caKey === undefined) return undefined;
  return rootCert === undefined || certChain === undefined ? undefined : { caCert, caKey, rootCert, certChain };
}

/**
 * PEM of what Secret `cacerts` says is to be trusted, as we write it, or as cert-manager does; empty where it says nothing.
 *
 * @param secretData - base64
 */
export const liveRootsOf = ({ [KEYS.rootCert]: ours, "ca.crt": theirs }: Readonly<Record<string, string>>): string =>
  Buffer.from(ours ?? theirs ?? "", "base64").toString("utf8");

/**
 * The certificates of a bundle, in its order, a PEM text each.
 *
 * @throws {@link Malformed} for a text that is not PEM.
 */
export const rootsOf = (pem: string): readonly string[] => readPem(pem).map(({ label, der }) => formatPem(label, der));

/**
 * SHA-256 fingerprints of what a bundle trusts, in its order, in hex. A text that cannot be read counts as one stranger,
 * whom nobody else has: what istiod makes of it is not known.
 */
export function fingerprintsOf(pem: string): readonly string[] {
  const fingerprint = (bytes: Buffer | string): string => hash("sha256", bytes, "hex");
  if (pem.trim() === "") return [];
  try {
    const blocks = readPem(pem);
    return blocks.length === 0 ? [fingerprint(pem)] : blocks.map(({ der }) => fingerprint(der));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return [fingerprint(pem)];
  }
}

/** What a live bundle is of the wanted one; by certificates, whatever their order and the text around them. */
export type RootRelation = "same" | "superset" | "subset" | "other";

/**
 * Compare what is trusted in a cluster with what is to be trusted there.
 *
 * istiod goes from one bundle to another only where one of the two holds the other; with everything else, those who trust
 * the old one refuse those who have the new one.
 *
 * @param live - PEM; empty where nothing is trusted yet, which is a subset.
 * @param wanted - PEM
 */
export function compareRoots(live: string, wanted: string): RootRelation {
  const [there, here] = [fingerprintsOf(live), fingerprintsOf(wanted)];
  const holds = (all: readonly string[], some: readonly string[]) => some.every((each) => all.includes(each));
  if (holds(there, here)) return holds(here, there) ? "same" : "superset";
  return holds(here, there) ? "subset" : "other";
}

const toBase64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
