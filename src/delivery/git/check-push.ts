import { clusterFolder } from "../../engine/repository-path.ts";
import { maskCredentials } from "../../git/clean-output.ts";
import { isObjectId } from "../../git/object-id.ts";
import { type Fault, invalid } from "../../model/error.ts";
import { gitUrlFault, isBranchName, isRepositoryPath } from "../../model/git-names.ts";
import { isDnsLabel } from "../../model/names.ts";
import { parsePath } from "../../rendered/layout.ts";
import type { PushedCluster, PushMode, PushOptions, PushTarget } from "./push-types.ts";

/**
 * Refuse what git must not see: it would take it for an option, a program, or a place outside our folders.
 *
 * @throws {@link CloudError} `INVALID` with all faults.
 */
export function checkTarget(target: PushTarget): void {
  throwIfAny(targetFaults(target));
}

/** As {@link checkTarget}, for all that a push is given. */
export function checkPush(target: PushTarget, clusters: readonly PushedCluster[], options: PushOptions): void {
  throwIfAny([
    ...targetFaults(target),
    ...modeFaults(target, options.mode),
    ...clusters.flatMap(clusterFaults),
    ...overlaps(clusters),
    ...wordFaults(options),
  ]);
}

function throwIfAny(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalid(faults, "nothing was pushed");
}

function targetFaults({ repository, branch }: PushTarget): readonly Fault[] {
  const wrong = gitUrlFault(repository) ?? (HOST_OPTION.test(repository) ? "has a host that is an option" : undefined);
  const name = maskCredentials(repository);
  return [
    ...(wrong === undefined ? [] : [{ path: `repository ${name}`, message: wrong }]),
    ...branchFaults(name, branch),
  ];
}

/** ssh would take such a host or user for an option. */
const HOST_OPTION = /:\/\/(?:-|%2d|[^/]*@(?:-|%2d))/i;

const branchFaults = (path: string, branch: string): readonly Fault[] =>
  isBranchName(branch)
    ? []
    : [{ path, message: `${JSON.stringify(branch)} is no name of a branch; write it as "main" or "env/prod"` }];

function modeFaults({ repository, branch }: PushTarget, mode: PushMode): readonly Fault[] {
  if (mode.kind === "push") return [];
  const path = maskCredentials(repository);
  if (mode.branch !== branch) return branchFaults(path, mode.branch);
  return [{ path, message: `a pull request needs another branch than ${branch}; name one` }];
}

function clusterFaults({ name, path, files }: PushedCluster): readonly Fault[] {
  const foreign = [...files.keys()].filter((file) => parsePath(file)?.cluster !== name);
  return [
    ...(isDnsLabel(name) ? [] : [{ path: JSON.stringify(name), message: "is no name of a cluster; use a DNS label" }]),
    ...(isRepositoryPath(path) && !path.split("/").includes(".lcloud")
      ? []
      : [{ path: name, message: `${JSON.stringify(path)} is no folder of a repository; write it as "clusters"` }]),
    ...foreign.map((file) => ({ path: name, message: `${JSON.stringify(file)} is no file of its dist/` })),
  ];
}

function overlaps(clusters: readonly PushedCluster[]): readonly Fault[] {
  const owners = new Map<string, string>();
  const faults: Fault[] = [];
  for (const { name, path } of clusters) {
    const folder = clusterFolder(path, name);
    if (owners.has(folder)) faults.push({ path: name, message: `has folder ${folder} twice; give it once` });
    owners.set(folder, name);
  }
  for (const { name, path } of clusters) {
    const parts = clusterFolder(path, name).split("/");
    const above = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
    const outer = above.find((folder) => owners.has(folder));
    if (outer !== undefined) {
      const message = `would lie in ${outer}, the folder of cluster ${owners.get(outer)}; give one another path`;
      faults.push({ path: name, message });
    }
  }
  return faults;
}

/** What is written into the commit's message, or given to git. */
function wordFaults({ source, sign, toolVersion }: PushOptions): readonly Fault[] {
  return [
    ...(source.kind === "none" || isObjectId(source.commit)
      ? []
      : [{ path: "source", message: "is no id of a commit; give all its digits" }]),
    ...(/^[\w.+-]+$/.test(toolVersion) ? [] : [{ path: "version", message: "is no version" }]),
    ...(sign === undefined || /^(?!-)[^\p{Cc}]+$/u.test(sign.key)
      ? []
      : [{ path: "signing key", message: "is neither a file nor a public key" }]),
  ];
}
