import { readPrivateFile } from "../keys/private-file.ts";
import {
  type CredentialPlace,
  certificatePath,
  kubeconfigPath,
  TOKEN_EXTENSION,
  userEntryName,
} from "../keys/state-layout.ts";
import { CloudError } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { parseYaml } from "../rendered/parse-yaml.ts";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
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
  const path = certificatePath(place);
  const pem = await readPrivateFile(path);
  if (pem === undefined) return undefined;
  const { publicKey, notAfter } = readStored(path, pem);
  const { request: encoded = "" } = (request?.["spec"] ?? {}) as { readonly request?: string };
  const wanted = parseRequest(Buffer.from(encoded, "base64").toString()).publicKey;
  return { expires: notAfter, isOutdated: !publicKey.equals(wanted) };
}

/** What is wrong with it is no fault of its signer's: that was checked before it came to be there. */
function readStored(path: string, pem: string): Certificate {
  try {
    return readCertificate(pem);
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    const message = "is no client certificate any more; run lcloud post-sync, which puts another in its place";
    throw new CloudError(cause.code, `${path}: ${message}`, { cause });
  }
}

/**
 * Kubeconfigs that were read, by path. A user's holds all clusters, and is looked at for each: to parse that of a large
 * fleet every time would take minutes.
 */
export type ReadKubeconfigs = Map<string, Promise<TokenEnds>>;

/** When tokens end, by the name of their entry. */
type TokenEnds = ReadonlyMap<string, Date>;

/**
 * The token in a user's kubeconfig, by what is written beside it.
 *
 * @param known - Takes the kubeconfig, or has it already.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function findToken(place: CredentialPlace, known: ReadKubeconfigs): Promise<FoundCredential | undefined> {
  const path = kubeconfigPath(place.stateDir, place.cloud, place.user);
  const reading = known.get(path) ?? readTokenEnds(path);
  known.set(path, reading);
  const expires = (await reading).get(userEntryName(place.cloud, place.user, place.cluster));
  return expires === undefined ? undefined : { expires, isOutdated: false };
}

async function readTokenEnds(path: string): Promise<TokenEnds> {
  const text = await readPrivateFile(path);
  const config = (text === undefined ? undefined : parseYaml(text)) as Kubeconfig | undefined;
  const ends = new Map<string, Date>();
  for (const entry of listOf(config?.users)) {
    const token = listOf(entry?.user?.extensions).find((each) => each?.name === TOKEN_EXTENSION);
    const end = new Date(token?.extension?.expires ?? "");
    if (entry?.name !== undefined && !Number.isNaN(end.getTime())) ends.set(entry.name, end);
  }
  return ends;
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

const listOf = <T>(list: readonly T[] | undefined): readonly T[] => (Array.isArray(list) ? list : []);
