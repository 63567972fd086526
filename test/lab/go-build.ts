import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawnGuarded } from "./guarded-process.ts";

export interface GoBuild {
  /** Folder of go.mod. */
  readonly module: string;
  /** Path of the package in Go's terms. */
  readonly package: string;
  readonly flags: readonly string[];
  /** File to write. */
  readonly output: string;
  /** File that gets what the compiler says. */
  readonly log: string;
  /** What is being built, for people. */
  readonly name: string;
  readonly onProgress: (line: string) => void;
}

const PROGRESS_INTERVAL_MS = 10_000;
const LOG_LINES = 20;

/**
 * Build a program, with a line of progress every few seconds.
 *
 * @throws Error that says what to install where there is no Go, or ends with what the compiler said last.
 */
export async function buildWithGo(build: GoBuild): Promise<void> {
  const { module, flags, output, log, name, onProgress } = build;
  const go = await findGo(build);
  const start = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
  const lines = (): readonly string[] => readFileSync(log, "utf8").trim().split("\n");
  onProgress(`lab: building ${name}; the first time takes some minutes`);
  const compiler = spawnGuarded(go, ["build", "-v", ...flags, "-o", output, build.package], {
    log,
    cwd: module,
    // A module may need a newer Go than the one that is installed; Go fetches it by itself if it is let.
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto" },
  });
  const timer = setInterval(() => {
    const packages = lines().filter((line) => line !== "" && !line.startsWith("go: "));
    onProgress(`lab: ${packages.length} packages compiled in ${seconds()}`);
  }, PROGRESS_INTERVAL_MS);
  const end = await compiler.ended;
  clearInterval(timer);
  if (end !== "exit code 0") {
    throw new Error(`lab: ${name} cannot be built (${end})\n${lines().slice(-LOG_LINES).join("\n")}`);
  }
  onProgress(`lab: built ${name} in ${seconds()}`);
}

/** Path of Go. Its archive is unpacked to /usr/local/go, and PATH is often forgotten. */
export async function findGo({ name, module }: Pick<GoBuild, "name" | "module">): Promise<string> {
  for (const go of ["go", join(process.env["GOROOT"] ?? "/usr/local/go", "bin/go")]) {
    const found = await promisify(execFile)(go, ["version"]).then(
      () => true,
      () => false,
    );
    if (found) return go;
  }
  const [, version] = /^go (\S+)$/m.exec(readFileSync(join(module, "go.mod"), "utf8")) ?? [];
  throw new Error(
    `lab: ${name} must be built, and there is no Go; install Go ${version} or later (https://go.dev/dl), ` +
      "or run only the tests that need no lab: npm run test:unit",
  );
}
