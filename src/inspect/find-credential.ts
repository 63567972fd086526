import { readPrivateFile } from "../keys/private-file.ts";
import {
  type CredentialPlace,
  certificatePath,
  kubeconfigPath,
  TOKEN_EXTENSION,
  userEntryName,
} from "../keys/state-layout.ts";
import type { Manifest } from "../model/manifest.ts";
import { parseYaml } from "../rendered/parse-yaml.ts";
import { readCertificate } from "../x509/certificate.ts";
import { parseRequest } from "../x509/request.ts";

/** What can be told of a credential without showing it. */
export interface FoundCredential {
  readonly expires: Date;
  /** Whether it is for another key than is asked for today. */
  readonly isOutdated: boolean;
}

/**
 * @param request - The CertificateSigningRequest of dist/ that it is the answer to.
 * @throws {@link CloudError} `KEY_STORE`, `CERTIFICATE_WRONG` or `REQUEST_INVALID` for what cannot be read.
 */
export async function findCertificate(
  place: CredentialPlace,
  request: Manifest | undefined,
): Promise<FoundCredential | undefined> {
  const pem = await readPrivateFile(certificatePath(place));
  if (pem === undefined) return undefined;
  const { publicKey, notAfter } = readCertificate(pem);
  const { request: encoded = "" } = (request?.["spec"] ?? {}) as { readonly request?: string };
  const wanted = parseRequest(Buffer.from(encoded, "base64").toString()).publicKey;
  return { expires: notAfter, isOutdated: !publicKey.equals(wanted) };
}

/**
 * The token in a user's kubeconfig, by what is written beside it.
 *
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function findToken(place: CredentialPlace): Promise<FoundCredential | undefined> {
  const text = await readPrivateFile(kubeconfigPath(place.stateDir, place.cloud, place.user));
  const config = (text === undefined ? undefined : parseYaml(text)) as Kubeconfig | undefined;
  const name = userEntryName(place.cloud, place.user, place.cluster);
  const entry = named(config?.users, name)?.user;
  const expires = new Date(named(entry?.extensions, TOKEN_EXTENSION)?.extension?.expires ?? "");
  return Number.isNaN(expires.getTime()) ? undefined : { expires, isOutdated: false };
}

interface Named {
  readonly name?: string;
}

/** The fields that we read, if it is as we wrote it. */
interface Kubeconfig {
  readonly users?: readonly (Named & {
    readonly user?: {
      readonly extensions?: readonly (Named & { readonly extension?: { readonly expires?: string } })[];
    };
  })[];
}

const named = <T extends Named>(list: readonly T[] | undefined, name: string): T | undefined =>
  Array.isArray(list) ? list.find((each) => each?.name === name) : undefined;
