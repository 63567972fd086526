import { type KeyObject, sign, verify } from "node:crypto";
import { type Der, Malformed, readDer, writeDer } from "./der.ts";
import type { KeyFamily, PublicKey } from "./public-key.ts";

/** A digest of `null` is node's way to say that the algorithm brings its own. */
interface SignatureAlgorithm {
  readonly family: KeyFamily;
  readonly digest: "sha256" | "sha384" | "sha512" | null;
}

/** By AlgorithmIdentifier in DER, each family's default first. MD5 and SHA-1 are left out on purpose. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["300a06082a8648ce3d040302", { family: "ecdsa", digest: "sha256" }],
  ["300a06082a8648ce3d040303", { family: "ecdsa", digest: "sha384" }],
  ["300a06082a8648ce3d040304", { family: "ecdsa", digest: "sha512" }],
  ["300d06092a864886f70d01010b0500", { family: "rsa", digest: "sha256" }],
  ["300d06092a864886f70d01010c0500", { family: "rsa", digest: "sha384" }],
  ["300d06092a864886f70d01010d0500", { family: "rsa", digest: "sha512" }],
  ["300506032b6570", { family: "ed25519", digest: null }],
]);

/**
 * Sign with the default algorithm of the key's family: SHA-256 with ECDSA and RSA (PKCS #1 v1.5).
 *
 * @returns The AlgorithmIdentifier, and the signature.
 */
export function signDer(content: Der, privateKey: KeyObject, family: KeyFamily): { algorithm: Der; signature: Buffer } {
  for (const [identifier, { family: candidate, digest }] of ALGORITHMS) {
    if (candidate !== family) continue;
    const algorithm = readDer(Buffer.from(identifier, "hex"));
    return { algorithm, signature: sign(digest, writeDer(content), privateKey) };
  }
  throw new TypeError(`no signature algorithm for ${family}`);
}

/**
 * Whose signature it is.
 *
 * @param identifier - AlgorithmIdentifier in DER, as hex.
 * @returns undefined for algorithms that are weak or not known.
 */
export const signatureFamily = (identifier: string): KeyFamily | undefined => ALGORITHMS.get(identifier)?.family;

/** @throws {@link Malformed} for a wrong signature, and for algorithms that are weak or do not fit the key. */
export function verifyDer(content: Der, { key, family }: PublicKey, algorithm: Der, signature: Buffer): void {
  const known = ALGORITHMS.get(writeDer(algorithm).toString("hex"));
  if (known?.family !== family) throw new Malformed("it is not signed by its key with SHA-256, SHA-384 or SHA-512");
  if (!verify(known.digest, writeDer(content), key, signature)) {
    throw new Malformed("its signature does not fit its key and contents");
  }
}
