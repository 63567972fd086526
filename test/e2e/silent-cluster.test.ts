import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { waitFor } from "../lab/wait.ts";
import { outputOf, run } from "./run.ts";

const MAIN = `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const fleet = defineFleet({ clusters: {
  east: { kubernetes: "1.33", identity: "x509" },
  silent: { kubernetes: "1.33", identity: "x509" },
  west: { kubernetes: "1.33", identity: "service-account" },
} });
const app = new FleetApp({ fleet });
new LogicalCloud(app, "shop", { permissions: { look: { clusterRole: "view" } }, users: { ana: ["look"] } });
app.synth();
`;

/** What looks like a cluster until somebody waits for an answer. */
async function startSilentServer(): Promise<AsyncDisposable & { readonly server: string }> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return {
    server: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(listener.close(), "close");
    },
  };
}

/** A fleet of two real clusters and one that does not answer. */
async function startFleet() {
  await using started = new AsyncDisposableStack();
  const { server } = started.use(await startSilentServer());
  const lab: Lab<"east" | "west"> = started.use(await startLab([{ name: "east" }, { name: "west" }]));
  const repository: DemoRepository = await createDemoRepository({ kubectl: lab.kubectl });
  started.defer(repository.remove);
  const { folder, bin } = repository;
  await writeFile(join(folder, "clouds", "main.ts"), MAIN);
  const silent = join(folder, "silent.kubeconfig");
  await writeFile(silent, JSON.stringify(contextOf(server)));
  const env = { ...process.env, KUBECONFIG: `${lab.kubeconfig}${delimiter}${silent}` };
  const kubeconfig = join(folder, ".lcloud", "kubeconfigs", "shop", "ana.yaml");
  const stack = started.move();
  return {
    kubeconfig,
    lcloud: (...args: readonly string[]) => run(join(bin, "lcloud"), args, { cwd: folder, env }),
    start: (...args: readonly string[]) => spawn(join(bin, "lcloud"), args, { cwd: folder, env }),
    podsOf: (cluster: string) => {
      const context = ["--kubeconfig", kubeconfig, "--context", `ana@shop.${cluster}`];
      return run(lab.kubectl, [...context, "get", "pods", "-o", "name"], { cwd: folder, env: process.env });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const contextOf = (server: string): object => ({
  clusters: [{ name: "silent", cluster: { server, "insecure-skip-tls-verify": true } }],
  users: [{ name: "silent", user: { token: "of-nobody" } }],
  contexts: [{ name: "silent", context: { cluster: "silent", user: "silent" } }],
});

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

test("while a cluster does not answer, users can use the others, also after an interrupt", async () => {
  await using fleet = await startFleet();
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.lcloud("sync", "--cluster", "east", "--cluster", "west"));

  const up = fleet.start("up");
  const said = text(up.stderr);
  const ended = once(up, "exit");
  await waitFor("a kubeconfig for the clusters that answer", async () => {
    const written = await readFile(fleet.kubeconfig, "utf8").catch(() => "");
    return ["east", "west"].every((cluster) => written.includes(`name: ana@shop.${cluster}\n`)) || undefined;
  });
  for (const cluster of ["east", "west"]) expect(await fleet.podsOf(cluster)).toMatchObject({ code: 0 });
  expect(isRunning(up)).toBe(true);

  up.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(await said).toMatch(/interrupted in up; through: (east, west|west, east); not through: silent;/);
  const written = await readFile(fleet.kubeconfig, "utf8");
  for (const cluster of ["east", "west"]) expect(await fleet.podsOf(cluster)).toMatchObject({ code: 0 });

  const again = await fleet.lcloud("up");
  expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining("UNREACHABLE") });
  expect(await readFile(fleet.kubeconfig, "utf8")).toBe(written);
});
