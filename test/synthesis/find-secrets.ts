import { loadAll } from "js-yaml";
import type { Manifest } from "../../src/model/manifest.ts";
import { secretValuesOf } from "../../src/model/sops.ts";
import { holdsPrivateKey } from "../../src/x509/pem.ts";

/**
 * What nobody may read in files that anybody may: private keys (also within base64, as a Secret has them), tokens, passwords
 * of kubeconfigs, and values of Secrets that are not encrypted.
 *
 * @param texts - By path.
 * @returns As `path: what`; never the secret itself.
 */
export const findSecrets = (texts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(texts).flatMap(([path, text]) => {
    const found = [
      ...(holdsPrivateKey(text) || encodedIn(text).some(holdsPrivateKey) ? ["a private key"] : []),
      ...(AGE_KEY.test(text) ? ["an age key"] : []),
      ...(JWT.test(text) || encodedIn(text).some((each) => JWT.test(each)) ? ["a token"] : []),
      ...(CREDENTIAL.test(text) ? ["a credential of a kubeconfig"] : []),
      ...(path.endsWith(".yaml") && manifestsIn(text).some(isPlain) ? ["values of a Secret"] : []),
    ];
    return found.map((what) => `${path}: ${what}`);
  });

const JWT = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/;
const AGE_KEY = /\bAGE-SECRET-KEY-1[0-9A-Z]+/;

/** Not that of a variable or a volume, which is short or an object. */
const CREDENTIAL = /(?:client-key-data|\btoken|\bpassword)["']?:\s*["']?[A-Za-z0-9+/_.=-]{20,}/;

/** Texts that a text holds in base64. */
const encodedIn = (text: string): readonly string[] =>
  [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([encoded]) => Buffer.from(encoded, "base64").toString("latin1"));

const manifestsIn = (text: string): readonly Manifest[] => loadAll(text) as readonly Manifest[];

const isPlain = (manifest: Manifest): boolean => secretValuesOf(manifest) === "plain";
