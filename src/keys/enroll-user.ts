import { type KeyObject, randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { commonNameOf, keyGroup, publicKeyOf } from "../x509/identity.ts";
import { type CertificateRequest, checkRequest, createRequest, parseRequest } from "../x509/request.ts";
import type { KeyStore, WantedKey } from "./key-store.ts";

/** What enrolling did for one user. */
export interface Enrolment {
  readonly cloud: string;
  readonly user: string;
  /** File of the public request. */
  readonly request: string;
  readonly action: "created" | "unchanged";
  /** `here`: in the key store; `elsewhere`: the user brought a request, and the key stays with the user. */
  readonly key: "here" | "elsewhere";
}

/**
 * Give a user a key and a public certificate request, or accept the request that is there. A request is never replaced:
 * what is bound to it would go.
 *
 * @param identities - Folder of the requests; this one is `<identities>/<cloud>/<user>.csr.pem`.
 * @throws {@link CloudError} `KEY_STORE`; `REQUEST_INVALID` for a request that is wrong, or of another key than the store's.
 */
export async function enrollUser(store: KeyStore, identities: string, wanted: WantedKey): Promise<Enrolment> {
  const { cloud, user } = wanted;
  // Before the file, since the store refuses names that would lead out of the folder.
  const stored = await store.findKey(cloud, user);
  const path = join(identities, cloud, `${user}.csr.pem`);
  const existing = await findRequest(path, wanted);
  if (existing !== undefined) {
    if (stored !== undefined) checkSameKey(path, existing, stored);
    return { cloud, user, request: path, action: "unchanged", key: stored === undefined ? "elsewhere" : "here" };
  }
  const { key } = await store.ensureKey(wanted);
  const subject = { commonName: commonNameOf(cloud, user), organization: keyGroup(key) };
  const pem = inFile(path, () => createRequest(key, subject));
  const created = await createFile(path, pem);
  // Somebody else may have been first.
  if (!created) checkSameKey(path, await getRequest(path, wanted), key);
  return { cloud, user, request: path, action: created ? "created" : "unchanged", key: "here" };
}

async function findRequest(path: string, { cloud, user }: WantedKey): Promise<CertificateRequest | undefined> {
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw new CloudError("REQUEST_INVALID", `${path}: cannot be read (${code}); is it a file, and yours?`, { cause });
  }
  return inFile(path, () => {
    const request = parseRequest(pem);
    checkRequest(request, cloud, user);
    return request;
  });
}

async function getRequest(path: string, wanted: WantedKey): Promise<CertificateRequest> {
  const request = await findRequest(path, wanted);
  if (request !== undefined) return request;
  throw new CloudError("REQUEST_INVALID", `${path}: something else is in its place; move it away`);
}

function checkSameKey(path: string, request: CertificateRequest, stored: KeyObject): void {
  if (request.publicKey.equals(publicKeyOf(stored))) return;
  throw new CloudError(
    "REQUEST_INVALID",
    `${path}: is for another key (${request.group}) than the one in the key store (${keyGroup(stored)}); ` +
      "put the right key there, or remove the request and enroll again, so that the old key loses its access",
  );
}

/** The errors of requests have no place to stand at. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    throw new CloudError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}

/** @returns false where there is one already; readers see a whole file or none. */
async function createFile(path: string, text: string): Promise<boolean> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    makeFolder(folder);
    await writeFile(temporary, text, { flag: "wx", mode: 0o644 });
    await link(temporary, path);
    return true;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "EEXIST") return false;
    throw new CloudError(
      "REQUEST_INVALID",
      `${path}: cannot be written (${code}); is its folder yours, and not full?`,
      {
        cause,
      },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}
