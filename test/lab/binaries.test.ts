import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { labBinary } from "./binaries.ts";

let scratch = "";

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "lcloud-binaries-"));
  vi.stubEnv("XDG_CACHE_HOME", join(scratch, "cache"));
  vi.stubEnv("KUBEBUILDER_ASSETS", "");
  vi.stubEnv("GOROOT", join(scratch, "nowhere"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

test("without Go, the error names the version to install and the tests that need none", async () => {
  vi.stubEnv("PATH", join(scratch, "nowhere"));
  await expect(labBinary("kubectl", ignore)).rejects.toThrow(/install Go 1\.\d+\.\d+ or later.*npm run test:unit/);
});

test("commands of one module are built once", async () => {
  useGo(`echo "$*" >> ${join(scratch, "calls")}; ${BUILD}`);
  expect(existsSync(await labBinary("etcd", ignore))).toBe(true);
  expect(existsSync(await labBinary("kubectl", ignore))).toBe(true);
  expect(readFileSync(join(scratch, "calls"), "utf8").trim().split("\n")).toHaveLength(1);
});

test("the version that Kubernetes tells is that of go.mod", async () => {
  useGo(`echo "$*" >> ${join(scratch, "calls")}; ${BUILD}`);
  await labBinary("kubectl", ignore);
  const goMod = readFileSync(join(import.meta.dirname, "modules/kube/go.mod"), "utf8");
  const version = /k8s\.io\/kubernetes (\S+)/.exec(goMod)?.[1];
  expect(readFileSync(join(scratch, "calls"), "utf8")).toContain(`version.gitVersion=${version}`);
});

test("builds at the same time end in one folder, whole", async () => {
  useGo(BUILD);
  const paths = await Promise.all([labBinary("etcd", ignore), labBinary("etcd", ignore), labBinary("etcd", ignore)]);
  expect(new Set(paths).size).toBe(1);
  expect(paths.every((path) => existsSync(path))).toBe(true);
  expect(readdirSync(join(scratch, "cache/logical-clouds"))).toHaveLength(1);
});

test("a failed build shows the compiler's last words, and leaves nothing", async () => {
  useGo('echo "main.go:1: no such thing" >&2; exit 1');
  await expect(labBinary("etcd", ignore)).rejects.toThrow(/exit code 1.*no such thing/s);
  expect(readdirSync(join(scratch, "cache/logical-clouds"))).toEqual([]);
});

test("a build tells when it begins and ends, what is there already tells nothing", async () => {
  useGo(BUILD);
  const lines: string[] = [];
  await labBinary("helm", (line) => lines.push(line));
  expect(lines).toEqual([expect.stringContaining("building helm"), expect.stringContaining("built helm")]);
  await labBinary("helm", (line) => lines.push(line));
  expect(lines).toHaveLength(2);
});

test("KUBEBUILDER_ASSETS gives the commands that are in it", async () => {
  const assets = useAssets("etcd", "kube-apiserver", "kubectl");
  for (const command of ["etcd", "kube-apiserver", "kubectl"] as const) {
    expect(await labBinary(command, ignore)).toBe(join(assets, command));
  }
});

test("kube-controller-manager is built unless it is in KUBEBUILDER_ASSETS", async () => {
  useGo(BUILD);
  useAssets("etcd", "kube-apiserver", "kubectl");
  expect(await labBinary("kube-controller-manager", ignore)).toContain(join(scratch, "cache"));
  const assets = useAssets("kube-controller-manager");
  expect(await labBinary("kube-controller-manager", ignore)).toBe(join(assets, "kube-controller-manager"));
});

test("KUBEBUILDER_ASSETS gives no other commands than those of a control plane", async () => {
  useGo(BUILD);
  useAssets("sops", "kustomize-controller");
  for (const command of ["sops", "kustomize-controller"] as const) {
    expect(await labBinary(command, ignore)).toContain(join(scratch, "cache"));
  }
});

test("a module may need a newer Go than the installed one", async () => {
  useGo(`echo "$GOTOOLCHAIN" >> ${join(scratch, "toolchain")}; ${BUILD}`);
  vi.stubEnv("GOTOOLCHAIN", "local");
  await labBinary("argocd-repo-server", ignore);
  expect(readFileSync(join(scratch, "toolchain"), "utf8")).toBe("auto\n");
});

test("KUBEBUILDER_ASSETS without the commands is told", async () => {
  useAssets();
  await expect(labBinary("etcd", ignore)).rejects.toThrow("KUBEBUILDER_ASSETS");
});

const ignore = (): void => {};

/** What `go build -v <flags> -o <output> <package>` leaves. */
const BUILD = 'while [ "$1" != -o ]; do shift; done; echo "#!/bin/sh" > "$2"; chmod +x "$2"';

/** Puts a `go` on the path that has a version and builds by a shell script. */
function useGo(build: string): void {
  const bin = join(scratch, "bin");
  mkdirSync(bin, { recursive: true });
  writeProgram(join(bin, "go"), `[ "$1" = version ] && exit 0\n${build}`);
  vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
}

function useAssets(...commands: readonly string[]): string {
  const assets = join(scratch, "assets");
  mkdirSync(assets, { recursive: true });
  for (const command of commands) writeProgram(join(assets, command), "");
  vi.stubEnv("KUBEBUILDER_ASSETS", assets);
  return assets;
}

function writeProgram(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
