import { join } from "node:path";
import { CloudError } from "../model/error.ts";
import { isDnsLabel } from "../model/names.ts";
import type { MeshTrust } from "./mesh-trust.ts";
import { formatTrust, parseTrust } from "./mesh-trust-file.ts";
import { readNewest, versionPath, writeNext } from "./versioned-file.ts";

/**
 * All trust of clouds' meshes, in a folder for each cloud. A file is read for each cluster of a cloud, and holds all of them:
 * what nobody has written since is not parsed again.
 */
export class MeshTrustFiles {
  readonly #folder: string;
  /** By folder of a cloud: what was read last. */
  readonly #known = new Map<string, { readonly text: string; readonly trust: MeshTrust }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {@link CloudError} `KEY_STORE` */
  async find(cloud: string): Promise<MeshTrust | undefined> {
    return (await this.#read(this.#folderOf(cloud))).trust;
  }

  /**
   * Write what is to be in the place of what is there.
   *
   * @param work - Called anew with what somebody else has written meanwhile. It changes nothing without `next`.
   * @throws {@link CloudError} `KEY_STORE`, and what the work throws.
   */
  async change<T>(
    cloud: string,
    work: (found: MeshTrust | undefined) => { readonly result: T; readonly next?: MeshTrust },
  ): Promise<T> {
    const folder = this.#folderOf(cloud);
    for (;;) {
      const { number, trust } = await this.#read(folder);
      const { result, next } = work(trust);
      if (next === undefined || (await writeNext(folder, number, formatTrust(next)))) return result;
    }
  }

  async #read(folder: string): Promise<{ readonly number: number; readonly trust?: MeshTrust }> {
    const version = await readNewest(folder);
    if (version === undefined) return { number: 0 };
    const { number, text } = version;
    const known = this.#known.get(folder);
    if (known?.text === text) return { number, trust: known.trust };
    const trust = parseTrust(text, versionPath(folder, number));
    this.#known.set(folder, { text, trust });
    return { number, trust };
  }

  /** DNS labels hold no `/` and are not `..`, so that no name leads out of the folder. */
  #folderOf(cloud: string): string {
    if (isDnsLabel(cloud)) return join(this.#folder, cloud);
    throw new CloudError("KEY_STORE", `${JSON.stringify(cloud)} is no DNS label; use a-z, 0-9 and -`);
  }
}
