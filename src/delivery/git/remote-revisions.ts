import { clusterFolder } from "../../engine/repository-path.ts";
import { GitFailure } from "../../git/git.ts";
import { isObjectId } from "../../git/object-id.ts";
import { isPartOf } from "../../model/units.ts";
import { untilDone } from "./attempts.ts";
import { checkTarget } from "./check-push.ts";
import { type Clone, cloneTarget, FETCH, lookUpTip } from "./clone.ts";
import { contentOf, readingUnitOf, unitsOf } from "./cluster-units.ts";
import { wantedOf } from "./draft.ts";
import type { PushedCluster, PushTarget } from "./push-types.ts";
import { listFolder } from "./remote-tree.ts";
import { openScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

/** Server's words for a commit that it does not have, or does not give away. */
const UNKNOWN = /not our ref|unadvertised object|couldn't find remote ref|bad object|no such remote ref/i;

/**
 * Tells of commits of a branch what they hold. A commit is judged by its contents and not by its place in history: one
 * that came later, that undid something else, or that was forced over ours, may hold what was delivered just as well.
 */
export class RemoteRevisions implements Disposable {
  /** The last commit of the branch when it was opened; undefined where it has none. */
  readonly tip: string | undefined;
  readonly #clone: Clone;
  readonly #folder: ScratchFolder;
  readonly #silenceMs: number;
  /** By revision; undefined for what the server does not give away. */
  readonly #fetches = new Map<string, Promise<boolean>>();
  readonly #differences = new Map<PushedCluster, Map<string, Promise<ReadonlySet<string>>>>();
  /** One fetch at a time: git locks the list of where history ends. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(clone: Clone, folder: ScratchFolder, silenceMs: number) {
    this.tip = clone.tip;
    this.#clone = clone;
    this.#folder = folder;
    this.#silenceMs = silenceMs;
    if (clone.tip !== undefined) this.#fetches.set(clone.tip, Promise.resolve(true));
  }

  /**
   * @param silenceMs - Milliseconds after which git, if it says nothing, is ended.
   * @throws {@link CloudError} as pushes do where a repository cannot be read.
   */
  static async open(target: PushTarget, silenceMs: number): Promise<RemoteRevisions> {
    checkTarget(target);
    const folder = openScratchFolder();
    try {
      const clone = await untilDone(() => cloneTarget(folder.path, target, silenceMs), target.repository, silenceMs);
      return new RemoteRevisions(clone, folder, silenceMs);
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  /**
   * Whether a commit holds what is delivered of a unit.
   *
   * @param revision - Id of a commit, as agents report it.
   * @param cluster - The very same value for each question, since its contents are compared once for each revision.
   * @param unit - Of an agent.
   * @returns undefined where the server does not give the commit away.
   * @throws {@link CloudError} where the server cannot be asked.
   */
  async holds(revision: string, cluster: PushedCluster, unit: string): Promise<boolean | undefined> {
    if (!isObjectId(revision) || !(await this.#fetch(revision))) return undefined;
    const differing = await this.#compare(revision, cluster);
    return ![...differing].some((each) => isPartOf(unit, each));
  }

  /**
   * The last commit of the branch as the remote says now; undefined where it has none.
   *
   * @throws {@link CloudError} where the server cannot be asked.
   */
  async readTip(): Promise<string | undefined> {
    const { repository, branch } = this.#clone.target;
    const read = async () => ({ tip: await lookUpTip(this.#clone, branch) });
    return (await untilDone(read, repository, this.#silenceMs)).tip;
  }

  async #fetch(revision: string): Promise<boolean> {
    const known = this.#fetches.get(revision);
    if (known !== undefined) return known;
    const fetched = this.#last.then(() => this.#fetchNow(revision));
    this.#fetches.set(revision, fetched);
    this.#last = fetched.catch(() => undefined);
    // it may be there, or the server, when it is asked for again
    const forget = (): boolean => this.#fetches.delete(revision);
    fetched.then((isThere) => isThere || forget(), forget);
    return fetched;
  }

  /** Waiting takes long, so a connection may well break meanwhile. */
  async #fetchNow(revision: string): Promise<boolean> {
    const { git, target } = this.#clone;
    const attempt = async (): Promise<boolean> => {
      try {
        await git.talk(["fetch", ...FETCH, "--depth=1", "--", "origin", revision]);
        return true;
      } catch (error) {
        if (error instanceof GitFailure && UNKNOWN.test(error.output)) return false;
        throw error;
      }
    };
    return untilDone(attempt, target.repository, this.#silenceMs);
  }

  async #compare(revision: string, cluster: PushedCluster): Promise<ReadonlySet<string>> {
    const byRevision = this.#differences.get(cluster) ?? new Map<string, Promise<ReadonlySet<string>>>();
    this.#differences.set(cluster, byRevision);
    const compared = byRevision.get(revision) ?? findDiffering(this.#clone, revision, cluster);
    byRevision.set(revision, compared);
    return compared;
  }
}

/** Units of which a commit holds something else than what is delivered. */
async function findDiffering(clone: Clone, revision: string, cluster: PushedCluster): Promise<ReadonlySet<string>> {
  const { name, path } = cluster;
  const folder = await listFolder(clone.git, revision, clusterFolder(path, name));
  const ids = wantedOf([cluster], clone).clusters[0]?.ids ?? new Map();
  const { units, strangers } = unitsOf(name, folder, ids, clone.format, new Map());
  const differing = units.filter(
    ({ current, wanted }) =>
      [...wanted].some(([file, id]) => contentOf(current.get(file)) !== id) ||
      [...current.keys()].some((file) => !wanted.has(file)),
  );
  const strange = [...strangers.keys()].flatMap((file) => readingUnitOf(name, file) ?? []);
  return new Set([...differing.map(({ unit }) => unit), ...strange]);
}
