import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { RootState } from "../mesh/root-state.ts";
import { CloudError } from "../model/error.ts";
import { advancedIn, importedIn, type RootChange, rotationIn } from "./change-roots.ts";
import { ensureIn } from "./ensure-trust.ts";
import { makeRoot } from "./make-authority.ts";
import type { MeshSigner, MeshTrust } from "./mesh-trust.ts";
import { MeshTrustFiles } from "./mesh-trust-files.ts";
import { ensurePrivateFolder } from "./private-folder.ts";

/**
 * Roots and authorities of clouds' meshes, in `<state>/mesh/<cloud>/`. All of a cloud is in one file that is replaced as a
 * whole: a process that is killed leaves what was or what is to be, and of two that write at once, the second one looks
 * again at what the first has left.
 */
export interface MeshStore {
  /**
   * @returns undefined where the cloud has no root.
   * @throws {@link CloudError} `KEY_STORE`
   */
  findTrust(cloud: string): Promise<MeshTrust | undefined>;

  /**
   * A root for a cloud, and an authority for each cluster; what is there stays, but for what `renew` says.
   *
   * @throws {@link CloudError} `KEY_STORE`
   */
  ensureTrust(wanted: WantedTrust): Promise<EnsuredTrust>;

  /**
   * Take a root that somebody has brought, for a cloud that has none yet; or whoever signs below the root that it has,
   * since he ends before it does.
   *
   * @param signer - Checked before ({@link checkSigner}).
   * @returns `renewed` where somebody else signs now below the root that is there.
   * @throws {@link CloudError} `KEY_STORE` for a cloud that has another one.
   */
  importRoot(cloud: string, signer: MeshSigner): Promise<"created" | "renewed" | "unchanged">;

  /**
   * Begin to change the root: both are trusted from the next delivery on, and the old one goes on signing.
   *
   * @returns What is there where a change is under way already, or the cloud has the root that was brought.
   * @throws {@link CloudError} `KEY_STORE` for a cloud that has no root; as `checkChange` in change-roots.ts.
   */
  beginRotation(cloud: string, now: Date, change?: RootChange): Promise<MeshTrust>;

  /**
   * Remember the next step of a change of root. Roots that it names no more are removed with their keys.
   *
   * @param before - What `next` was made from; what is there already may be `next` itself.
   * @throws {@link CloudError} `KEY_STORE` where it is neither: somebody else has gone on.
   */
  saveState(cloud: string, before: RootState, next: RootState): Promise<MeshTrust>;
}

export interface WantedTrust {
  readonly cloud: string;
  readonly clusters: readonly WantedAuthority[];
  readonly now: Date;
  /**
   * Which authorities that are there are made anew.
   *
   * - `none`: none, but where a root was changed and the old one does not sign any more
   * - `due`: also those that have a third of their life left, and those whose constraint is to be another
   * - `all`: each of them
   *
   * @default "none"
   */
  readonly renew?: "none" | "due" | "all";
}

export interface WantedAuthority {
  readonly cluster: string;
  /** As in `shop.mesh`. */
  readonly trustDomain: string;
  /** Whether it may certify names of the trust domain alone. */
  readonly nameConstraints: boolean;
}

export interface EnsuredTrust {
  readonly trust: MeshTrust;
  readonly root: "created" | "unchanged";
  /** By cluster, in the order of the wanted ones. */
  readonly authorities: ReadonlyMap<string, "created" | "renewed" | "unchanged">;
}

/**
 * Open the store of a state folder; both are made where they are missing.
 *
 * @param stateDir - May be reached through symlinks; within it none is followed.
 * @throws {@link CloudError} `KEY_STORE` where it is somebody else's, or others may write in it.
 */
export async function openMeshStore(stateDir: string): Promise<MeshStore> {
  const state = await realpath(stateDir).catch(() => stateDir);
  const folder = join(state, "mesh");
  await ensurePrivateFolder(state);
  await ensurePrivateFolder(folder);
  const files = new MeshTrustFiles(folder);
  return {
    findTrust: (cloud) => files.find(cloud),
    ensureTrust: async (wanted) =>
      files.change(wanted.cloud, (found) => {
        const ensured = ensureIn(found, wanted);
        const isChanged = ensured.root === "created" || [...ensured.authorities.values()].some(isAction);
        return { result: ensured, ...(isChanged ? { next: ensured.trust } : {}) };
      }),
    importRoot: async (cloud, signer) =>
      files.change(cloud, (found) => {
        const next = importedIn(found, cloud, signer);
        if (next === undefined) return { result: "unchanged" };
        return { result: found === undefined ? "created" : "renewed", next };
      }),
    beginRotation: async (cloud, now, rootChange = {}) =>
      files.change(cloud, (found) => {
        const next = rotationIn(existing(found, cloud), cloud, rootChange, () => makeRoot(cloud, now));
        return next === found ? { result: next } : { result: next, next };
      }),
    saveState: async (cloud, before, after) =>
      files.change(cloud, (found) => {
        const trust = existing(found, cloud);
        const next = advancedIn(trust, cloud, before, after);
        return next === undefined ? { result: trust } : { result: next, next };
      }),
  };
}

const isAction = (action: string): boolean => action !== "unchanged";

function existing(trust: MeshTrust | undefined, cloud: string): MeshTrust {
  if (trust !== undefined) return trust;
  throw new CloudError(
    "KEY_STORE",
    `${cloud}: its mesh has no root here; run lcloud enroll, or use the state folder that has it`,
  );
}
