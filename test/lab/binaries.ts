import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { buildWithGo } from "./go-build.ts";
import { removeAtEnd } from "./guarded-process.ts";

const MODULES = {
  kube: { package: ".", commands: ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] },
  kubelet: { package: ".", commands: ["kubelet"] },
  helm: { package: "helm.sh/helm/v3/cmd/helm", commands: ["helm"] },
  flux: { package: "github.com/fluxcd/kustomize-controller", commands: ["kustomize-controller"] },
  argocd: {
    package: "github.com/argoproj/argo-cd/v3/cmd",
    commands: ["argocd-application-controller", "argocd-repo-server"],
  },
  sops: { package: "github.com/getsops/sops/v3/cmd/sops", commands: ["sops"] },
  coredns: { package: "github.com/coredns/coredns", commands: ["coredns"] },
  "helm-controller": { package: "github.com/fluxcd/helm-controller", commands: ["helm-controller"] },
  istio: { package: "istio.io/istio/pilot/cmd/pilot-discovery", commands: ["istiod"] },
  corefile: { package: ".", commands: ["corefile"] },
  migration: { package: ".", commands: ["migration"] },
} as const;

type Module = keyof typeof MODULES;
export type LabCommand = (typeof MODULES)[Module]["commands"][number];

/**
 * Path of a command that the lab runs. It is built from Go's module proxy where it is not there yet: once, into
 * `$XDG_CACHE_HOME/logical-clouds` (or `~/.cache/logical-clouds`), under the hash of what it is built from. Two processes
 * that build at once do no harm: whoever ends first gives the files.
 *
 * `KUBEBUILDER_ASSETS` is honoured: etcd, kube-apiserver and kubectl come from that folder. envtest has no
 * kube-controller-manager, which the lab cannot do without (it signs, and makes ServiceAccounts); it too comes from that
 * folder if somebody put one there, and is built otherwise.
 *
 * @param onProgress - Gets a line every few seconds of a build, and none otherwise. Default: stderr.
 * @throws Error that says what to install.
 */
export async function labBinary(command: LabCommand, onProgress: (line: string) => void = printLine): Promise<string> {
  const module = moduleOf(command);
  const asset = module === "kube" ? await findAsset(command) : undefined;
  if (asset !== undefined) return asset;
  const flags = await buildFlags(module);
  const folder = join(cacheFolder(), `${module}-${await hashOf(module, flags)}`);
  if (!(await isExecutable(join(folder, command)))) await build(module, flags, folder, onProgress);
  return join(folder, command);
}

const printLine = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function moduleOf(command: LabCommand): Module {
  const modules = Object.keys(MODULES) as Module[];
  const found = modules.find((module) => MODULES[module].commands.some((name) => name === command));
  if (found === undefined) throw new Error(`lab: no module gives ${command}`);
  return found;
}

async function findAsset(command: LabCommand): Promise<string | undefined> {
  const folder = process.env["KUBEBUILDER_ASSETS"] ?? "";
  if (folder === "") return undefined;
  const path = join(folder, command);
  if (await isExecutable(path)) return path;
  if (command === "kube-controller-manager") return undefined;
  throw new Error(`lab: KUBEBUILDER_ASSETS is set, but ${path} is no program; put envtest's there, or unset it`);
}

const sourceFolder = (module: Module): string => join(import.meta.dirname, "modules", module);

/** Without its version set, Kubernetes calls itself v0.0.0. */
async function buildFlags(module: Module): Promise<readonly string[]> {
  const goMod = await readFile(join(sourceFolder(module), "go.mod"), "utf8");
  const [, gitVersion, gitMajor, gitMinor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const variables = gitVersion === undefined ? {} : { gitVersion, gitMajor, gitMinor };
  const set = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...set].join(" ")];
}

async function hashOf(module: Module, flags: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(flags));
  const folder = sourceFolder(module);
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  for (const file of files.map(({ name }) => name).sort()) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}

function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "logical-clouds");
}

/** Built beside its place and renamed, so that what is in its place is whole. */
async function build(
  module: Module,
  flags: readonly string[],
  folder: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const { commands, package: target } = MODULES[module];
  await mkdir(cacheFolder(), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  const release = removeAtEnd(temporary);
  try {
    await buildWithGo({
      module: sourceFolder(module),
      package: target,
      flags,
      output: join(temporary, module),
      log: join(temporary, "build.log"),
      name: commands.join(", "),
      onProgress,
    });
    // By the name it is called, the program knows what to be.
    for (const command of commands) if (command !== module) await symlink(module, join(temporary, command));
    await rename(temporary, folder).catch((error: unknown) => acceptOther(folder, error));
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await release();
  }
}

/** A folder does not replace one that is not empty: another process was faster. */
function acceptOther(folder: string, error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOTEMPTY" && code !== "EEXIST") throw new Error(`lab: ${folder} cannot be made`, { cause: error });
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
