import { createPublicKey, type KeyObject } from "node:crypto";
import { bytesOf, type Der, elementsOf, Malformed, TAG, writeDer } from "./der.ts";
import { publicKeyOf } from "./identity.ts";

/** Which signature algorithms fit a key. */
export type KeyFamily = "ecdsa" | "rsa" | "ed25519";

/** A public key of a kind that Kubernetes' signer and API server take. */
export interface PublicKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  readonly family: KeyFamily;
  /** For people, as in `ECDSA P-256`. */
  readonly description: string;
}

/** Kinds of keys by their AlgorithmIdentifier in DER; `length` in bytes, absent where it varies. */
const KINDS: Readonly<Record<string, { family: KeyFamily; description: string; length?: number }>> = {
  "301306072a8648ce3d020106082a8648ce3d030107": { family: "ecdsa", description: "ECDSA P-256", length: 65 },
  "301006072a8648ce3d020106052b81040022": { family: "ecdsa", description: "ECDSA P-384", length: 97 },
  "301006072a8648ce3d020106052b81040023": { family: "ecdsa", description: "ECDSA P-521", length: 133 },
  "300d06092a864886f70d0101010500": { family: "rsa", description: "RSA" },
  "300506032b6570": { family: "ed25519", description: "Ed25519", length: 32 },
};

/** First octet of a curve point of two coordinates (SEC 1 §2.3.3). Go reads no other form. */
const UNCOMPRESSED = 0x04;

/** SubjectPublicKeyInfo of P-256 in DER, up to the two coordinates, which always have 32 bytes each. */
const P256_HEAD = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

const MIN_RSA_BITS = 2048;
/** Go's TLS accepts no larger one. */
const MAX_RSA_BITS = 8192;

/**
 * Read SubjectPublicKeyInfo in its one canonical form: a key that could be written in two ways would have two groups, and
 * a signer writes it its own way.
 *
 * @throws {@link Malformed} for other kinds of keys, and for weak ones.
 */
export function readPublicKey(info: Der): PublicKey {
  const [algorithm, value] = elementsOf(info, TAG.sequence, 2);
  const kind = KINDS[writeDer(algorithm).toString("hex")];
  if (kind === undefined) throw new Malformed("its key is not ECDSA on P-256, P-384 or P-521, RSA, or Ed25519");
  const { family, description, length } = kind;
  const bytes = bytesOf(value);
  if (family === "ecdsa" && bytes[0] !== UNCOMPRESSED)
    throw new Malformed("its key is a curve point in another form than uncompressed");
  if (length !== undefined && bytes.length !== length) throw new Malformed(`its key is not an ${description} key`);
  const spki = writeDer(info);
  const key = openKey(spki, description);
  return { key, spki, family, description: family === "rsa" ? `RSA ${checkRsa(key, spki)}` : description };
}

function openKey(spki: Buffer, description: string): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch (cause) {
    throw new Malformed(`its key is not an ${description} key`, { cause });
  }
}

/** @returns bits */
function checkRsa(key: KeyObject, spki: Buffer): number {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) {
    throw new Malformed(`its RSA key has ${modulusLength} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`);
  }
  if (publicExponent < 3n || publicExponent > 0x7fffffffn || publicExponent % 2n === 0n) {
    throw new Malformed("its RSA key has an unusable exponent");
  }
  if (!publicKeyOf(key).equals(spki)) throw new Malformed("its RSA key is not in DER");
  return modulusLength;
}

/**
 * SubjectPublicKeyInfo of a public key on P-256, in DER. OpenSSL's own export of it takes twice the time that making the
 * key does.
 */
export function p256InfoOf(key: KeyObject): Buffer {
  const { crv, x = "", y = "" } = key.export({ format: "jwk" });
  if (crv !== "P-256") throw new TypeError("a key on P-256 is needed");
  return Buffer.concat([P256_HEAD, Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}
