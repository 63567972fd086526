import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readPrivateFile } from "../keys/private-file.ts";
import { CERTIFICATE_EXTENSION, certificatesFolder } from "../keys/state-layout.ts";
import { CloudError } from "../model/error.ts";
import type { RenderedCloud, RenderedCluster } from "../rendered/rendered-cluster.ts";
import { readCertificate } from "../x509/certificate.ts";
import { KEY_GROUP_PREFIX, keyGroup } from "../x509/identity.ts";
import { parseRequest } from "../x509/request.ts";
import { specOf } from "./signing-request.ts";

/**
 * Says of a name in a cloud's bindings whose it is.
 *
 * @returns As in `lc:k:0f… of shop/ben`, or `formerly of` whom no request in dist/ is for; the name alone where nothing
 * here tells, or it speaks for itself.
 */
export type DescribeSubject = (subject: string, cloud: string) => Promise<string>;

/** Users as `shop/ben`, by the group of their key. */
type Owners = ReadonlyMap<string, string>;

/**
 * Tell whose key a group stands for, by the requests in dist/, and for users who are gone from it by the certificates that
 * they had. Nothing in a cluster says it, and nothing there could be believed.
 *
 * @param clusters - Requests of each count, since a user may be gone from one alone.
 * @param stateDir - Holds certificates; it need not be there.
 */
export function describeKeys(clusters: readonly RenderedCluster[], stateDir: string): DescribeSubject {
  let requested: Owners | undefined;
  const stored = new Map<string, Promise<Owners>>();
  return async (subject, cloud) => {
    if (!subject.startsWith(KEY_GROUP_PREFIX)) return subject;
    requested ??= new Map(clusters.flatMap(({ clouds }) => clouds.flatMap(ownersOf)));
    const owner = requested.get(subject);
    if (owner !== undefined) return `${subject} of ${owner}`;
    const reading = stored.get(cloud) ?? readStoredOwners(stateDir, cloud);
    stored.set(cloud, reading);
    const former = (await reading).get(subject);
    return former === undefined ? subject : `${subject} formerly of ${former}`;
  };
}

function ownersOf({ name, requests, grants }: RenderedCloud): readonly (readonly [string, string])[] {
  const users = new Map(
    grants.flatMap(({ name: user, credential }) =>
      credential.kind === "x509" ? [[credential.request, `${name}/${user}`] as const] : [],
    ),
  );
  return requests.flatMap((manifest) => {
    const user = users.get(manifest.metadata.name);
    const request = orUndefined(() => parseRequest(Buffer.from(specOf(manifest).request ?? "", "base64").toString()));
    return user === undefined || request === undefined ? [] : [[request.group, user] as const];
  });
}

/** They were checked before they were stored. */
async function readStoredOwners(stateDir: string, cloud: string): Promise<Owners> {
  const owners = new Map<string, string>();
  const folder = certificatesFolder(stateDir, cloud);
  for (const user of await namesIn(folder)) {
    for (const file of await namesIn(join(folder, user))) {
      if (!file.endsWith(CERTIFICATE_EXTENSION)) continue;
      const pem = await readPrivateFile(join(folder, user, file)).catch(refused);
      const certificate = pem === undefined ? undefined : orUndefined(() => readCertificate(pem));
      if (certificate !== undefined) owners.set(keyGroup(certificate.publicKey), `${cloud}/${user}`);
    }
  }
  return owners;
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

/** What cannot be read names nobody; who needs it is told elsewhere. */
function refused(error: unknown): undefined {
  if (!(error instanceof CloudError)) throw error;
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    return refused(error);
  }
}
