import { once } from "node:events";
import { existsSync } from "node:fs";
import { access, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { dirname, isAbsolute, join } from "node:path";
import { text } from "node:stream/consumers";
import { loadAll } from "js-yaml";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { enroll, synth } from "../../src/pipeline.ts";
import { formatWantedFile } from "../../src/rendered/wanted-file.ts";
import { TestFleet } from "../pipeline/fleet.ts";
import { cloud, TestRepository } from "../pipeline/repository.ts";
import { lcloud, start } from "./lcloud.ts";

let repository: TestRepository;
beforeAll(async () => {
  const rendered = await TestRepository.create(cloud("shop", "ada"));
  const { options } = new TestFleet(rendered);
  await enroll(options());
  await synth(options());
  repository = await rendered.copy();
  await rendered.remove();
});
afterAll(() => repository.remove());

const run = async (args: readonly string[], env = {}) => lcloud(args, { folder: repository.folder, env });

const kubeconfigOf = (context: string, { address, port }: AddressInfo): string =>
  JSON.stringify({
    clusters: [{ name: context, cluster: { server: `https://${address}:${port}` } }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    users: [{ name: context, user: {} }],
  });

test("a cluster that cannot be reached is told on stderr, without a stack, and the exit code is 3", async () => {
  const { exitCode, stdout, stderr } = await run(["sync", "--cluster", "east,west", "--cluster", "south"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
  for (const cluster of ["east", "south", "west"]) {
    expect(stderr).toMatch(new RegExp(`^sync ${cluster}: .*NO_CONTEXT$`, "m"));
    expect(stderr).toMatch(new RegExp(`^error: ${cluster}: .+ \\(NO_CONTEXT\\)$`, "m"));
  }
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test("the report of failed clusters is JSON, and nothing else is on stdout", async () => {
  const { exitCode, stdout } = await run(["up", "-o", "json", "--cluster", "east"]);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toEqual({
    synth: expect.objectContaining({ dist: "dist", written: [] }),
    sync: {
      clusters: [{ cluster: "east", units: [], failures: [expect.objectContaining({ code: "NO_CONTEXT" })] }],
      repositories: [],
      unusedRemovals: [],
    },
    postSync: { clusters: [], applied: [], dns: [], meshes: [], kubeconfigs: [] },
  });
});

test("status shows what it can, and exits with 3 if that is not all", async () => {
  const { exitCode, stdout } = await run(["status", "--cluster", "east"]);
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/^CLUSTER +CLOUD +STATE +DRIFTED +USERS\neast +\(shared\) +unknown/);
  expect(stdout).toMatch(/\neast +shop +ada +x509 +none\n$/);
});

test("a wrong name is refused with 1, in text and in JSON", async () => {
  const text = await run(["roles", "--cluster", "nowhere"]);
  expect(text).toMatchObject({ exitCode: 1, stdout: "" });
  expect(text.stderr).toMatch(
    /^error: 1 fault; nothing was done\n {2}nowhere: is no cluster of dist; it holds east, south, west\n$/,
  );
  const json = await run(["roles", "--cluster", "nowhere", "-o", "json"]);
  expect(json).toMatchObject({ exitCode: 1, stderr: "" });
  expect(JSON.parse(json.stdout)).toEqual({
    error: { code: "INVALID", message: expect.any(String), faults: [{ path: "nowhere", message: expect.any(String) }] },
  });
});

test("roles are YAML that kubectl takes, by cluster and job", async () => {
  const { exitCode, stdout, stderr } = await run(["roles", "--role", "request,collect", "--cluster", "east,west"]);
  expect(exitCode).toBe(0);
  expect(stdout.match(/^# .+$/gm)).toEqual([
    "# east: request",
    "# east: collect",
    "# west: request",
    "# west: collect",
  ]);
  const kinds = loadAll(stdout).map((manifest) => (manifest as { kind: string }).kind);
  expect(kinds.filter((kind) => kind === "ClusterRole")).toHaveLength(4);
  expect(stderr).toContain("--cluster");
});

test("the state folder is that of --state, then of LCLOUD_STATE, then .lcloud", async () => {
  const identities = join(repository.folder, "clouds/identities");
  const wanted = {
    version: 1,
    identities,
    clouds: ["shop"],
    users: [{ cloud: "shop", user: "bob", keyAlgorithm: "ecdsa-p256" }],
    meshes: [],
    charts: [],
  } as const;
  await repository.write("wanted.json", formatWantedFile(wanted));
  await repository.write("cdk8s.yaml", 'app: cp wanted.json "$LCLOUD_WANTED"\n');
  const enrollTo = async (state: string, args: readonly string[], env = {}) => {
    await rm(join(identities, "shop/bob.csr.pem"), { force: true });
    expect(await run(["enroll", ...args], env)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^CLOUD +USER .+\nshop +bob +here +\S+bob.csr.pem +created\n$/),
    });
    await access(join(repository.folder, state, "keys/shop/bob.key.pem"));
  };
  await enrollTo("flag", ["--state", "flag"], { LCLOUD_STATE: "variable" });
  await enrollTo("variable", [], { LCLOUD_STATE: "variable" });
  await enrollTo(".lcloud", []);
});

test("a command goes on although nobody reads what it says", async () => {
  const child = start(["sync", "-o", "json"], { folder: repository.folder });
  child.stderr.destroy();
  const [stdout, [exitCode]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout).clusters).toHaveLength(3);
});

test("an interrupted command says how far it is, and ends as the signal says", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await once(silent, "listening");
  await repository.write("kubeconfig", kubeconfigOf("west", silent.address() as AddressInfo));
  const child = start(["sync"], { folder: repository.folder, env: { KUBECONFIG: "kubeconfig" } });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  await once(silent, "connection");
  await vi.waitFor(() => expect(said.join("")).toMatch(/^sync south: .+\n/m), 10_000);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([130, null]);
  expect(said.join("")).toMatch(
    /\ninterrupted in sync; through: east, south; not through: west; run the same command /,
  );
});

test("an interrupted command ends all that the app has started, whatever that ignores, and leaves no file", async () => {
  await repository.write(
    "cdk8s.yaml",
    `app: 'trap "" TERM; sleep 300 & echo "report $LCLOUD_REPORT"; echo "pid $!"; wait'\n`,
  );
  const child = start(["synth", "-o", "json"], { folder: repository.folder });
  const [stdout, said]: [Promise<string>, string[]] = [text(child.stdout), []];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const pid = await vi.waitFor(() => Number(/^pid (\d+)$/m.exec(said.join(""))?.[1] ?? expect.fail()), 10_000);
  const [, report = ""] = /^report (.+)$/m.exec(said.join("")) ?? [];
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([143, null]);
  expect(JSON.parse(await stdout)).toMatchObject({ error: { code: "INTERRUPTED", faults: [] } });
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), 10_000);
  expect(isAbsolute(report)).toBe(true);
  expect(existsSync(dirname(report))).toBe(false);
});

test("a fault of lcloud itself is told with its stack, and in JSON", async () => {
  await repository.write("cdk8s.yaml", 'app: exit 0\noutput: "no\\0path"\n');
  const { exitCode, stdout, stderr } = await run(["synth", "-o", "json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "INTERNAL", faults: [] } });
  expect(stderr).toMatch(/^error: TypeError.*\n {4}at [\s\S]+please report it\n$/);
});

test("init writes a repository, and says what to do next", async () => {
  const folder = join(repository.folder, "new");
  const { exitCode, stdout, stderr } = await run(["init", "new", "--contexts", "kind-a,kind-b"]);
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n")).toContain("clouds/fleet.ts");
  expect(stderr).toBe("next:\n  cd new\n  npm install\n  npx lcloud synth\n");
  const again = await lcloud(["init", "-o", "json"], { folder });
  expect(again.exitCode).toBe(1);
  expect(JSON.parse(again.stdout).error.faults.map(({ path }: { path: string }) => path)).toContain("clouds/fleet.ts");
});

test("faults of the app are told once, and a bug in it with its stack", async () => {
  await repository.write("cdk8s.yaml", "app: echo warned >&2 && exit 5\n");
  expect(await run(["synth"])).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "warned\nerror: the app ended with exit code 5; see what it said: echo warned >&2 && exit 5\n",
  });
});
