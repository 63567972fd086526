import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRoot } from "../../src/keys/make-authority.ts";
import { openMeshStore } from "../../src/keys/mesh-store.ts";
import { cacertsFor } from "../../src/keys/mesh-trust.ts";
import { cacertsOf, rootsOf } from "../../src/mesh/bundle.ts";
import { deliverMeshes } from "./mesh-delivery.ts";
import { MESH_CLUSTERS, type MeshFleet, startMeshFleet } from "./mesh-fleet.ts";
import type { Outcome } from "./run.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let fleet: MeshFleet<"shop">;
let stack: AsyncDisposableStack | undefined;

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  fleet = starting.use(await startMeshFleet(["shop"]));
  await fleet.write({ shop: `namespaces: ["shop"], podSecurity: "restricted", mesh: { mode: "dedicated" }` });
  await deliverMeshes(fleet, { m1: { shop: "203.0.113.1" }, m2: { shop: "203.0.113.2" } });
  stack = starting.move();
}, 300_000);

afterAll(async () => stack?.disposeAsync());

const stateFolder = (): string => join(fleet.folder, ".lcloud");

/** Let time pass for what is remembered: the last step was seen done by so much earlier. */
async function letPass(ms: number): Promise<void> {
  const folder = join(stateFolder(), "mesh", "shop");
  const [name = ""] = (await readdir(folder)).filter((each) => each.endsWith(".json"));
  const file = JSON.parse(await readFile(join(folder, name), "utf8"));
  const seen = new Date(file.state.rotation.seen).getTime();
  file.state.rotation.seen = new Date(seen - ms).toISOString();
  await writeFile(join(folder, name), JSON.stringify(file));
}

const ROTATE = ["rotate", "mesh/shop", "--timeout", "60s"] as const;

async function rotate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = fleet.start([...ROTATE, ...args], env);
  const closed = once(child, "close");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  expect(stdout + stderr).not.toContain("PRIVATE KEY");
  expect(stderr).not.toMatch(/^ {4}at /m);
  return { code, stdout, stderr };
}

/**
 * When a run is ended by SIGKILL.
 *
 * - `remembered`: what is to be is in the state folder, and perhaps nowhere else
 * - `written`: the first of the clusters has it
 */
type Moment = "remembered" | "written";

const MOMENTS: readonly Moment[] = ["remembered", "written"];

const look = async (moment: Moment): Promise<string | undefined> => {
  if (moment === "remembered") return (await readdir(join(stateFolder(), "mesh", "shop"))).join();
  const live = await fleet.apis.m1.get({ apiVersion: "v1", kind: "Secret", namespace: "istio-shop", name: "cacerts" });
  return live?.metadata.resourceVersion;
};

async function killedWhen(moment: Moment, args: readonly string[]): Promise<void> {
  const before = await look(moment);
  const child = fleet.start([...ROTATE, ...args]);
  const closed = once(child, "close");
  child.stdout.resume();
  child.stderr.resume();
  while (child.exitCode === null && (await look(moment)) === before) await setImmediate();
  child.kill("SIGKILL");
  await closed;
  expect(child.signalCode).toBe("SIGKILL");
}

/** How many roots each cluster trusts, where all of them have what the state folder says. */
async function countRoots(): Promise<readonly number[]> {
  const trust = await (await openMeshStore(stateFolder())).findTrust("shop");
  if (trust === undefined) throw new Error("no trust");
  return Promise.all(
    MESH_CLUSTERS.map(async (cluster) => {
      const ref = { apiVersion: "v1", kind: "Secret", namespace: "istio-shop", name: "cacerts" };
      const data = ((await fleet.apis[cluster].get(ref))?.["data"] ?? {}) as Readonly<Record<string, string>>;
      expect(cacertsOf(data)).toEqual(cacertsFor(trust, cluster));
      return rootsOf(trust.state.rotation === undefined ? trust.state.root : cacertsFor(trust, cluster).rootCert)
        .length;
    }),
  );
}

test("authorities are renewed by the run after one that was killed, wherever that was", {
  timeout: 300_000,
}, async () => {
  for (const moment of MOMENTS) {
    await killedWhen(moment, []);
    const { code, stdout } = await rotate([]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^m1 +configured/m) });
    expect(await countRoots()).toEqual([1, 1]);
  }
});

test("a root that is brought comes in three steps by the command line, whatever is killed", {
  timeout: 600_000,
}, async () => {
  const { root, key } = makeRoot("brought", new Date());
  const brought = [
    "--mesh-root-cert",
    join(fleet.folder, "root.pem"),
    "--mesh-root-key",
    join(fleet.folder, "root.key"),
  ];
  await writeFile(join(fleet.folder, "root.pem"), root);
  await writeFile(join(fleet.folder, "root.key"), key, { mode: 0o600 });
  await writeFile(join(fleet.folder, "m1-only"), onlyM1(await readFile(fleet.lab.kubeconfig, "utf8")));
  const without = { KUBECONFIG: join(fleet.folder, "m1-only") };

  const lost = await rotate(["--root", ...brought], without);
  expect(lost).toMatchObject({ code: 3, stderr: expect.stringMatching(/^error: m2: .*\(NO_CONTEXT\)$/m) });
  expect(await countRoots()).toEqual([1, 1]);

  for (const moment of MOMENTS) await killedWhen(moment, ["--root", ...brought]);
  const begun = await rotate(["--root", "-o", "json"]);
  expect(JSON.parse(begun.stdout)).toMatchObject({
    cloud: "shop",
    state: "pending",
    rotation: { notBefore: expect.any(String) },
  });
  expect(await countRoots()).toEqual([2, 2]);
  expect(await rotate(["--root"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/\(ROTATION_PENDING\)$/m) });
  const status = await fleet.lcloud("status");
  expect(status.stdout).toMatch(/root is changed, step 1 of 3: .*, the next one not before/);

  await letPass(6 * MINUTE_MS);
  expect(await rotate(["--root"], without)).toMatchObject({ code: 3 });
  for (const moment of MOMENTS) await killedWhen(moment, ["--root"]);
  await rotate(["--root"]);
  const second = await fleet.lcloud("status");
  expect(second.stdout).toMatch(/root is changed, step 2 of 3: .*, the next one not before/);
  expect(await countRoots()).toEqual([2, 2]);

  await letPass(DAY_MS + MINUTE_MS);
  for (const moment of MOMENTS) await killedWhen(moment, ["--root", ...brought]);
  const done = await rotate(["--root", ...brought]);
  expect(done.code).toBe(0);
  expect(await countRoots()).toEqual([1, 1]);
  const again = await rotate(["--root", ...brought]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^m1 +unchanged/m) });
  const refused = await rotate(["--root"]);
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("--mesh-root-cert") });
  for (const cluster of MESH_CLUSTERS) expect(fleet.istiods[cluster].clouds.shop.state).toBe("ready");
});

/** The same kubeconfig for somebody who has no context for the other cluster. */
function onlyM1(kubeconfig: string): string {
  const { contexts, ...rest } = JSON.parse(kubeconfig) as { readonly contexts: readonly { readonly name: string }[] };
  return JSON.stringify({ ...rest, contexts: contexts.filter(({ name }) => name === "m1") });
}
