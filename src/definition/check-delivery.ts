import type { Fault } from "../model/error.ts";
import { asUrl, gitUrlFault, isBranchName, isRepositoryPath } from "../model/git-names.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { isOciTag, parseOciUrl } from "../model/oci-names.ts";
import {
  type FluxProps,
  type GitDeliveryProps,
  type MergedDelivery,
  mergeDelivery,
  type OciDeliveryProps,
} from "./delivery.ts";
import type { Fleet } from "./fleet.ts";

/** What is wrong with how the clusters of a fleet are delivered. What the fleet itself says wrong is told once. */
export function checkDeliveries(fleet: Fleet): readonly Fault[] {
  const ofFleet = wrongFields(mergeDelivery(undefined, fleet.delivery));
  return [
    ...ofFleet.map((message) => ({ path: "fleet", message })),
    ...Object.entries(fleet.clusters).flatMap(([name, { delivery }]) => {
      const merged = mergeDelivery(delivery, fleet.delivery);
      const own = wrongFields(merged).filter((message) => !ofFleet.includes(message));
      return [...missingFields(merged), ...own].map((message) => ({ path: `fleet.clusters.${name}`, message }));
    }),
    ...checkFolders(fleet),
  ];
}

/** What neither the cluster nor the fleet says. */
function missingFields(merged: MergedDelivery): readonly string[] {
  if (merged.kind === "direct") return [];
  const { repository, engine } = merged.kind === "git" ? merged.git : { ...merged.oci, engine: "flux" };
  return [
    ...(repository === undefined ? ["repository: is missing; set it here or on the fleet"] : []),
    ...(engine === undefined ? ['engine: is missing; set it here or on the fleet, to "flux" or "argocd"'] : []),
  ].map((fault) => `delivery.${merged.kind}.${fault}`);
}

function wrongFields(merged: MergedDelivery): readonly string[] {
  if (merged.kind === "direct") return [];
  const faults = merged.kind === "git" ? checkGit(merged.git) : checkOci(merged.oci);
  return faults.map((fault) => `delivery.${merged.kind}.${fault}`);
}

/** A folder of one cluster within another's would be taken for that one's. */
function checkFolders(fleet: Fleet): readonly Fault[] {
  const folders = Object.entries(fleet.clusters).flatMap(([name, props]) => {
    const merged = mergeDelivery(props.delivery, fleet.delivery);
    if (merged.kind !== "git") return [];
    const { repository, branch = "main", path = "clusters" } = merged.git;
    return [{ name, place: `${repository} ${branch} `, folder: path === "." ? name : `${path}/${name}` }];
  });
  const owners = new Map(folders.map(({ name, place, folder }) => [place + folder, name]));
  return folders.flatMap(({ name, place, folder }) => {
    const outer = parentsOf(folder).flatMap((parent) => owners.get(place + parent) ?? [])[0];
    if (outer === undefined) return [];
    const message = `delivery.git.path: "${folder}" lies in the folder of cluster "${outer}"; choose another path`;
    return [{ path: `fleet.clusters.${name}`, message }];
  });
}

function parentsOf(folder: string): readonly string[] {
  const parts = folder.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function checkGit(git: Partial<GitDeliveryProps>): readonly string[] {
  const { repository, engine, pullUrl, branch = "main", path = "clusters", flux = {}, argocd = {} } = git;
  const faults: string[] = [];
  for (const [field, url] of Object.entries({ repository, pullUrl })) {
    const fault = url === undefined ? undefined : gitUrlFault(url);
    // a URL that holds a credential is not repeated
    if (fault !== undefined) faults.push(`${field}: ${fault}`);
  }
  if (!isBranchName(branch)) faults.push(`branch: "${branch}" is no branch that git takes; choose another name`);
  if (!isRepositoryPath(path)) {
    faults.push(
      `path: "${path}" is no folder of a repository; write it as "clusters" or "a/b", with letters, digits, . _ -`,
    );
  }
  if (engine === "argocd") faults.push(...unusedOptions("flux", flux), ...checkArgo(argocd));
  if (engine === "flux") {
    faults.push(...unusedOptions("argocd", argocd), ...checkFlux(flux));
    if (faults.length === 0 && flux.source === undefined) faults.push(...checkPull(repository, pullUrl));
  }
  return faults;
}

/** By what the GitRepository of Flux takes. */
function checkPull(repository: string | undefined, pullUrl: string | undefined): readonly string[] {
  const url = pullUrl ?? (repository === undefined ? undefined : asUrl(repository));
  if (url === undefined || /^(?:https?|ssh):/.test(url)) return [];
  return [`pullUrl: Flux cannot pull from "${url}"; give the https or ssh URL by which it reaches the repository`];
}

function checkOci({ repository, tag = "latest", flux = {} }: Partial<OciDeliveryProps>): readonly string[] {
  const faults: string[] = [];
  if (repository !== undefined && parseOciUrl(repository) === undefined) {
    faults.push(`repository: "${repository}" is no place in a registry; write it as "oci://host/name"`);
  }
  if (!isOciTag(tag)) faults.push(`tag: "${tag}" is no tag; write it as "latest" or "v1.2"`);
  return [...faults, ...checkFlux(flux)];
}

const unusedOptions = (name: "flux" | "argocd", options: object): readonly string[] =>
  Object.keys(options).length === 0 ? [] : [`${name}: is of another engine; take it out, or choose engine "${name}"`];

function checkFlux({ namespace = "flux-system", ...names }: FluxProps): readonly string[] {
  const faults = isDnsLabel(namespace)
    ? []
    : [`flux.namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`];
  for (const [field, name] of Object.entries(names)) {
    if (!isDnsSubdomain(name))
      faults.push(`flux.${field}: "${name}" is no name of a Kubernetes object; use a-z, 0-9, - and .`);
  }
  for (const field of names.source === undefined ? [] : (["secret", "verificationSecret"] as const)) {
    if (names[field] !== undefined)
      faults.push(`flux.${field}: is for a source of our own; with flux.source, set it there`);
  }
  return faults;
}

function checkArgo({ namespace = "argocd", server }: NonNullable<GitDeliveryProps["argocd"]>): readonly string[] {
  const faults = isDnsLabel(namespace)
    ? []
    : [`argocd.namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`];
  if (server !== undefined && !/^https:\/\/[^\s@]+$/.test(server)) {
    faults.push(`argocd.server: "${server}" is no https URL; write it as "https://host:port", as Argo CD has it`);
  }
  return faults;
}
