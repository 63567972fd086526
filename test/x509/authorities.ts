import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { readAuthority } from "../../src/x509/authority.ts";
import {
  type AuthoritySigner,
  createIntermediate,
  createRoot,
  type IntermediateDefinition,
} from "../../src/x509/create-authority.ts";

export interface Made {
  readonly pem: string;
  readonly key: KeyObject;
}

export const NOW = new Date("2026-11-29T08:00:00Z");

const common = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const notAfter = new Date("2030-01-01T00:00:00Z");
  return {
    key: privateKey,
    definition: { unit: "shop", name: "m1", publicKey: spki, notBefore: NOW, notAfter, serial: randomBytes(16) },
  };
};

/** A root, with a name of its own. */
export function makeRoot(changes: Partial<IntermediateDefinition> = {}): Made {
  const { key, definition } = common();
  return { pem: createRoot({ ...definition, name: "root", ...changes }, key), key };
}

/** An authority of a cluster below a root. */
export function makeIntermediate(root: Made, changes: Partial<IntermediateDefinition> = {}): Made {
  const { key, definition } = common();
  const dnsName = "istiod-shop.istio-shop.svc";
  return { pem: createIntermediate({ ...definition, dnsName, ...changes }, signerOf(root)), key };
}

export const signerOf = ({ pem, key }: Made): AuthoritySigner => ({ certificate: readAuthority(pem), key });
