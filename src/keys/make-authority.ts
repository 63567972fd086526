import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { AUTHORITY_MS, BACKDATED_MS, ROOT_MS } from "../mesh/lifetimes.ts";
import { readAuthorities, readAuthority } from "../x509/authority.ts";
import { type AuthoritySigner, createIntermediate, createRoot } from "../x509/create-authority.ts";
import { p256InfoOf } from "../x509/public-key.ts";
import { istiodDnsName } from "./certified-names.ts";
import type { ClusterAuthority, MeshSigner } from "./mesh-trust.ts";

/** A signer whose certificates were read, for making many authorities. */
export interface OpenSigner extends AuthoritySigner {
  /** PEM of those between what it signs and the root. */
  readonly chain: string;
  /** When the last of its chain begins, root included. */
  readonly notBefore: Date;
  /** When the first of its chain ends, root included: nothing that it signs lives longer. */
  readonly notAfter: Date;
}

/** What an authority is for. */
export interface AuthorityPlace {
  readonly cloud: string;
  readonly cluster: string;
  /** Trust domain that it is bound to; absent for none. */
  readonly permittedDomain?: string;
  /** When the authority ends that it takes the place of; absent where there is none. */
  readonly endBefore?: Date;
}

/**
 * Make a root for a cloud. Each has another name, so that nobody takes one for another while both are trusted.
 */
export function makeRoot(cloud: string, now: Date): MeshSigner {
  const { privateKey, publicKey } = makeKeyPair();
  const serial = randomBytes(16);
  const definition = {
    unit: cloud,
    name: `root ${serial.subarray(-4).toString("hex")}`,
    publicKey,
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + ROOT_MS),
    serial,
  };
  return { root: createRoot(definition, privateKey), chain: "", key: formatKey(privateKey) };
}

/** Make the authority of one cluster. */
export function makeAuthority(
  { cloud, cluster, permittedDomain, endBefore }: AuthorityPlace,
  signer: OpenSigner,
  now: Date,
): ClusterAuthority {
  const { privateKey, publicKey } = makeKeyPair();
  const definition = {
    unit: cloud,
    name: cluster,
    publicKey,
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: endUnlike(endOf(signer, now), endBefore),
    serial: randomBytes(16),
    dnsName: istiodDnsName(cloud),
  };
  const bound = permittedDomain === undefined ? definition : { ...definition, permittedDomain };
  return { certificate: createIntermediate(bound, signer), key: formatKey(privateKey), chain: signer.chain };
}

/** istiod tells with which authority it signs by its end alone, in seconds: no two that follow each other have the same. */
const endUnlike = (end: Date, before: Date | undefined): Date =>
  before !== undefined && Math.floor(end.getTime() / 1000) === Math.floor(before.getTime() / 1000)
    ? new Date(end.getTime() - 1000)
    : end;

/** When an authority ends that is made now. */
export const endOf = ({ notAfter }: OpenSigner, now: Date): Date =>
  new Date(Math.min(notAfter.getTime(), now.getTime() + AUTHORITY_MS));

/** Read the certificates and the key of a signer. */
export function openSigner({ root, chain, key }: MeshSigner): OpenSigner {
  const certificates = [...readAuthorities(chain), ...readAuthorities(root)];
  const certificate = readAuthority(chain === "" ? root : chain);
  const notBefore = new Date(Math.max(...certificates.map((each) => each.notBefore.getTime())));
  const notAfter = new Date(Math.min(...certificates.map((each) => each.notAfter.getTime())));
  return { certificate, key: createPrivateKey(key), chain, notBefore, notAfter };
}

/** ECDSA on P-256, as istiod and Envoy both take it. */
function makeKeyPair(): { readonly privateKey: KeyObject; readonly publicKey: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, publicKey: p256InfoOf(publicKey) };
}

const formatKey = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
