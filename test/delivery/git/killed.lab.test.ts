import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { waitFor } from "../../lab/wait.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

const KILLS = 100;
/** Of those, the last, which come as soon as it has landed: a busy machine gets no further than it did before. */
const LATE = 10;
const PROCESS = fileURLToPath(new URL("push-process.ts", import.meta.url));
const temporary = join(folder, "tmp");

beforeAll(() => {
  mkdirSync(temporary);
  vi.stubEnv("TMPDIR", temporary);
});

afterAll(() => vi.unstubAllEnvs());

/** A process that pushes as soon as it gets a line. */
async function start(repository: string, value: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-C", "source", PROCESS, repository, value], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout ?? child, "data");
  return child;
}

const wanted = (value: string) => [distOf("edge-1", { shop: value, bank: value })];

test(`of ${KILLS} pushes that are killed at any point, none leaves a half, or anything behind`, async () => {
  const repository = await newRepository();
  const target = targetOf(repository);
  await push(target, wanted("0"));
  const begin = performance.now();
  const whole = await start(repository.folder, "1");
  whole.stdin?.write("go\n");
  await once(whole, "exit");
  const duration = performance.now() - begin;
  expect(await valuesOf(repository)).toEqual(["1", "1"]);
  let [landed, left] = [0, 0];
  let next = start(repository.folder, "2");
  for (let kill = 0; kill < KILLS; kill++) {
    const [before, after] = [String(kill + 1), String(kill + 2)];
    const child = await next;
    child.stdin?.write("go\n");
    const landing = async () => (await valuesOf(repository))[0] === after || undefined;
    await (kill < KILLS - LATE ? setTimeout((duration * kill) / KILLS) : waitFor("it has landed", landing));
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const values = await valuesOf(repository);
    expect([before, after].map((value) => [value, value])).toContainEqual(values);
    if (values[0] === after) landed++;
    left += readdirSync(temporary).length;
    next = start(repository.folder, String(kill + 3));
    await push(target, wanted(after));
    expect(await valuesOf(repository)).toEqual([after, after]);
    expect(readdirSync(temporary)).toEqual([]);
  }
  (await next).kill("SIGKILL");
  const log = await repository.log();
  expect(log).toHaveLength(KILLS + 2);
  expect(log.every(({ parents }, index) => parents[0] === log[index + 1]?.id)).toBe(true);
  expect(left).toBeGreaterThan(0);
  expect(landed).toBeGreaterThan(0);
  expect(landed).toBeLessThan(KILLS);
}, 900_000);

/** The values of both clouds in the repository. */
async function valuesOf(repository: { files: () => Promise<Readonly<Record<string, string>>> }) {
  const files = await repository.files();
  return ["shop", "bank"].map((cloud) =>
    (files[`clusters/${cloudPath("edge-1", cloud)}`] ?? "").replace(manifest("").trimEnd(), "").trim(),
  );
}
