import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { type GuardedProcess, spawnGuarded } from "./guarded-process.ts";

const COMMANDS = {
  kube: ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"],
  helm: ["helm"],
} as const;

type Module = keyof typeof COMMANDS;
export type LabCommand = (typeof COMMANDS)[Module][number];

/** What `go build` compiles in each folder of modules/. */
const PACKAGES: Record<Module, string> = { kube: ".", helm: "helm.sh/helm/v3/cmd/helm" };

const MODULES = join(import.meta.dirname, "modules");
const PROGRESS_INTERVAL_MS = 5_000;
const execute = promisify(execFile);

/**
 * Path of a command that the lab runs, built from Go's module proxy where it is not there yet: once, into
 * `$XDG_CACHE_HOME/logical-clouds` (or `~/.cache/logical-clouds`), under the hash of what it is built from. Two processes
 * that build at once do no harm; the first to end gives its files.
 *
 * `KUBEBUILDER_ASSETS` is honoured: etcd, kube-apiserver and kubectl come from that folder. envtest has no
 * kube-controller-manager, which the lab cannot do without (it signs, and makes ServiceAccounts); it too comes from that
 * folder if somebody put one there, and is built otherwise.
 *
 * @param onProgress - Gets a line every few seconds of a build, and none otherwise. Default: stderr.
 * @throws Error that says what to install.
 */
export async function labBinary(command: LabCommand, onProgress: (line: string) => void = printLine): Promise<string> {
  const asset = await findAsset(command);
  if (asset !== undefined) return asset;
  const module: Module = command === "helm" ? "helm" : "kube";
  const flags = await buildFlags(module);
  const folder = join(cacheFolder(), `${module}-${await hashOf(module, flags)}`);
  if (!(await isExecutable(join(folder, command)))) await build(module, flags, folder, onProgress);
  return join(folder, command);
}

const printLine = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function findAsset(command: LabCommand): Promise<string | undefined> {
  const folder = process.env["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "" || command === "helm") return undefined;
  const path = join(folder, command);
  if (await isExecutable(path)) return path;
  if (command === "kube-controller-manager") return undefined;
  throw new Error(
    `KUBEBUILDER_ASSETS is set, but ${path} is no program; install envtest's binaries there, or unset it`,
  );
}

async function buildFlags(module: Module): Promise<readonly string[]> {
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(await goMod(module)) ?? [];
  const variables = version === undefined ? {} : { gitVersion: version, gitMajor: major, gitMinor: minor };
  const set = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...set].join(" ")];
}

async function hashOf(module: Module, flags: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(flags));
  const folder = join(MODULES, module);
  for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}

function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "logical-clouds");
}

async function build(
  module: Module,
  flags: readonly string[],
  folder: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const go = await findGo(module);
  await mkdir(cacheFolder(), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  try {
    const log = join(temporary, "build.log");
    const output = join(temporary, module);
    const child = spawnGuarded(go, ["build", "-v", ...flags, "-o", output, PACKAGES[module]], {
      log,
      cwd: join(MODULES, module),
      env: { ...process.env, CGO_ENABLED: "0" },
    });
    await watchBuild(module, child, log, onProgress);
    // By these names the program knows what to be.
    for (const command of COMMANDS[module]) if (command !== module) await symlink(module, join(temporary, command));
    await rename(temporary, folder).catch((error: unknown) => acceptOther(folder, error));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function watchBuild(
  module: Module,
  child: GuardedProcess,
  log: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const start = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
  onProgress(`lab: building ${COMMANDS[module].join(", ")}; the first time takes some minutes`);
  const lines = async (): Promise<readonly string[]> => (await readFile(log, "utf8")).trim().split("\n");
  const report = async (): Promise<void> => {
    const packages = (await lines()).filter((line) => !line.startsWith("go: "));
    onProgress(`lab: building ${module}: ${packages.length} packages, ${seconds()}`);
  };
  const timer = setInterval(() => void report(), PROGRESS_INTERVAL_MS);
  const end = await child.ended;
  clearInterval(timer);
  if (end !== "exit code 0") {
    throw new Error(`lab: go build of ${module} failed (${end})\n${(await lines()).slice(-20).join("\n")}`);
  }
  onProgress(`lab: built ${module} in ${seconds()}`);
}

/** A whole folder does not replace another one: then another process was faster. */
function acceptOther(folder: string, error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOTEMPTY" && code !== "EEXIST") throw new Error(`lab: ${folder} cannot be made`, { cause: error });
}

/** Go's installer does not touch PATH, so its own place is tried too. */
async function findGo(module: Module): Promise<string> {
  for (const go of ["go", "/usr/local/go/bin/go"]) {
    const found = await execute(go, ["version"]).then(
      () => true,
      () => false,
    );
    if (found) return go;
  }
  const [, version] = /^go (\S+)$/m.exec(await goMod(module)) ?? [];
  throw new Error(
    `lab: ${COMMANDS[module].join(", ")} must be built, and there is no Go; ` +
      `install Go ${version} or later (https://go.dev/dl), or run the tests that need none: npm run test:unit`,
  );
}

const goMod = (module: Module): Promise<string> => readFile(join(MODULES, module, "go.mod"), "utf8");

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
