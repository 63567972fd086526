import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { CloudError, type Fault } from "../model/error.ts";
import { isDnsLabel } from "../model/names.ts";
import { holdsPrivateKey } from "../x509/pem.ts";
import { type CertificateRequest, checkRequest, parseRequest } from "../x509/request.ts";

/** The public certificate requests of users: `<folder>/<cloud>/<user>.csr.pem`. Each file is read once. */
export class Identities {
  readonly folder: string;
  readonly #found = new Map<string, Found>();

  /** @param folder - Relative to the working directory. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The request of a user; undefined where there is none, or a wrong one: {@link faultsOf} tells which. */
  find(cloud: string, user: string): CertificateRequest | undefined {
    return this.#read(cloud, user)?.request;
  }

  /**
   * What is wrong with the requests of those who need one.
   *
   * @param users - Without those whose names are wrong: they have no file.
   */
  faultsOf(users: readonly { readonly cloud: string; readonly user: string }[]): readonly Fault[] {
    const faults: Fault[] = [];
    const owners = new Map<string, string>();
    for (const { cloud, user } of users) {
      const found = this.#read(cloud, user);
      if (found === undefined) continue;
      const { path, fault, request } = found;
      if (fault !== undefined) faults.push({ path, message: fault });
      const owner = request === undefined ? undefined : owners.get(request.group);
      if (owner !== undefined) faults.push({ path, message: sameKey(owner, cloud, user) });
      if (request !== undefined && owner === undefined) owners.set(request.group, path);
    }
    return [...faults, ...this.#leakedKeys()];
  }

  #read(cloud: string, user: string): Found | undefined {
    if (!isDnsLabel(cloud) || !isDnsLabel(user)) return undefined;
    const path = posix.join(this.folder, cloud, `${user}.csr.pem`);
    let found = this.#found.get(path);
    if (found === undefined) {
      found = { path, ...readRequest(path, cloud, user) };
      this.#found.set(path, found);
    }
    return found;
  }

  /** Files that no user of the fleet needs are left alone, but a private key must not lie in git. */
  #leakedKeys(): readonly Fault[] {
    return filesIn(this.folder)
      .filter((path) => !this.#found.has(path) && holdsPrivateKey(readFileSync(path, "latin1")))
      .sort()
      .map((path) => ({
        path,
        message: "holds a private key; take it out of git, treat it as leaked, and enroll its user again",
      }));
  }
}

interface Found {
  readonly path: string;
  readonly request?: CertificateRequest;
  readonly fault?: string;
}

function readRequest(path: string, cloud: string, user: string): Omit<Found, "path"> {
  const command = `lcloud enroll ${cloud}/${user}`;
  try {
    const request = parseRequest(readFileSync(path, "utf8"));
    checkRequest(request, cloud, user);
    return { request };
  } catch (cause) {
    if (cause instanceof CloudError) return { fault: cause.message };
    const missing = errorCode(cause) === "ENOENT";
    return { fault: missing ? `is missing; run ${command}` : `cannot be read (${errorCode(cause)}); run ${command}` };
  }
}

const sameKey = (owner: string, cloud: string, user: string): string =>
  `has the same key as ${owner}, so each could pass for the other; remove it and run lcloud enroll ${cloud}/${user}`;

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).replaceAll("\\", "/"));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    throw cause;
  }
}

function errorCode(cause: unknown): string {
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  throw cause;
}
