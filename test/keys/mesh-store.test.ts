import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { openMeshStore } from "../../src/keys/mesh-store.ts";
import { cacertsFor, type MeshTrust, signerOf } from "../../src/keys/mesh-trust.ts";
import { fingerprintsOf } from "../../src/mesh/bundle.ts";
import type { RootState } from "../../src/mesh/root-state.ts";
import { readAuthority } from "../../src/x509/authority.ts";
import { keyStoreError, now, StoreScene, wantedOn } from "./store-scene.ts";

const DAY_MS = 24 * 3_600_000;
const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS);

const scene = new StoreScene();

const trustFile = async (): Promise<string> => {
  const folder = join(scene.state, "mesh", "shop");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  expect(names).toHaveLength(1);
  return join(folder, names[0] ?? "");
};

function expectWhole(trust: MeshTrust): void {
  for (const [cluster, { certificate, key }] of trust.authorities) {
    const { caCert, certChain } = cacertsFor(trust, cluster);
    const opened = new X509Certificate(caCert);
    expect(opened.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(opened.verify(new X509Certificate(signerOf(trust).root).publicKey)).toBe(true);
    expect(certChain).toBe(certificate);
  }
}

describe("a cloud's trust", () => {
  test("is made where it is missing, and is the same for every other store", async () => {
    const first = await scene.ensure(["m1", "m2"]);
    expect(first.root).toBe("created");
    expect(Object.fromEntries(first.authorities)).toEqual({ m1: "created", m2: "created" });
    const second = await (await openMeshStore(scene.state)).ensureTrust(wantedOn(["m1", "m2", "m3"]));
    expect(second.root).toBe("unchanged");
    expect(Object.fromEntries(second.authorities)).toEqual({ m1: "unchanged", m2: "unchanged", m3: "created" });
    expect(second.trust.authorities.get("m1")).toEqual(first.trust.authorities.get("m1"));
    expect(await scene.store.findTrust("shop")).toEqual(second.trust);
    expect(await scene.store.findTrust("bank")).toBeUndefined();
    expectWhole(second.trust);
  });

  test("begins before it is made, and its authorities end within a year", async () => {
    const { trust } = await scene.ensure(["m1"]);
    const [root, authority] = [trust.state.root, trust.authorities.get("m1")?.certificate ?? ""].map(readAuthority);
    expect(root).toMatchObject({ notBefore: new Date(now.getTime() - 600_000), notAfter: later(3650) });
    expect(authority).toMatchObject({ notBefore: new Date(now.getTime() - 600_000), notAfter: later(365) });
  });

  test("is in one file, for its owner alone", async () => {
    await scene.ensure(["m1"]);
    await scene.ensure(["m1", "m2"]);
    expect((await stat(await trustFile())).mode & 0o777).toBe(0o600);
    expect((await stat(join(scene.state, "mesh", "shop"))).mode & 0o777).toBe(0o700);
  });

  test("is not written again where nothing is missing", async () => {
    await scene.ensure(["m1"]);
    const before = await stat(await trustFile());
    await scene.ensure(["m1"], { renew: "due" });
    expect((await stat(await trustFile())).ino).toBe(before.ino);
  });

  test.each([
    ["empty", ""],
    ["cut", '{ "version": 1, "state": { "root": "ab'],
    ["another's", '{ "version": 2 }'],
    [
      "with a root that is no text",
      '{ "version": 1, "state": { "root": 1, "retired": [] }, "signers": [], "authorities": {} }',
    ],
  ])("is refused where its file is %s, and kept", async (_, content) => {
    await scene.ensure(["m1"]);
    const path = await trustFile();
    await writeFile(path, content);
    await expect(scene.ensure(["m1"])).rejects.toThrow(keyStoreError);
    expect(await readFile(path, "utf8")).toBe(content);
  });

  test("is parsed once, and again where another process has written", async () => {
    await scene.ensure(["east"]);
    const found = await scene.store.findTrust("shop");
    expect(await scene.store.findTrust("shop")).toBe(found);
    await (await openMeshStore(scene.state)).ensureTrust(wantedOn(["west"]));
    expect([...((await scene.store.findTrust("shop"))?.authorities.keys() ?? [])]).toEqual(["east", "west"]);
    expect([...(found?.authorities.keys() ?? [])]).toEqual(["east"]);
  });

  test("is refused where others may read it", async () => {
    await scene.ensure(["m1"]);
    await chmod(await trustFile(), 0o640);
    await expect(scene.store.findTrust("shop")).rejects.toThrow(keyStoreError);
  });

  test.each(["", "..", "a/b", "SHOP", "x".repeat(64)])("of a cloud %j leads nowhere", async (cloud) => {
    await expect(scene.store.ensureTrust({ ...wantedOn(["m1"]), cloud })).rejects.toThrow(keyStoreError);
    await expect(scene.store.findTrust(cloud)).rejects.toThrow(keyStoreError);
    expect(await readdir(join(scene.state, "mesh"))).toEqual([]);
  });
});

describe("an authority", () => {
  test("is renewed where it is due, with a third of its life left, and not before", async () => {
    await scene.ensure(["m1"]);
    expect(await scene.actions(["m1"], { renew: "due", now: later(243) })).toEqual({ m1: "unchanged" });
    expect(await scene.actions(["m1"], { now: later(244) })).toEqual({ m1: "unchanged" });
    expect(await scene.actions(["m1"], { renew: "due", now: later(244) })).toEqual({ m1: "renewed" });
    expect(await scene.actions(["m1"], { renew: "due", now: later(244) })).toEqual({ m1: "unchanged" });
  });

  test("is renewed where its constraint is to be another", async () => {
    await scene.ensure(["m1"]);
    const clusters = [{ cluster: "m1", trustDomain: "shop.mesh", nameConstraints: true }];
    expect(await scene.actions([], { clusters, renew: "due" })).toEqual({ m1: "renewed" });
    const { trust, authorities } = await scene.ensure([], { clusters, renew: "due" });
    expect(Object.fromEntries(authorities)).toEqual({ m1: "unchanged" });
    expect(readAuthority(cacertsFor(trust, "m1").caCert).constraints).toEqual(["permitted;URI:shop.mesh"]);
  });

  test("lives no longer than its root, and is not renewed in vain then", async () => {
    await scene.ensure([]);
    const { trust } = await scene.ensure(["m1"], { now: later(3500) });
    expect(readAuthority(cacertsFor(trust, "m1").caCert).notAfter).toEqual(later(3650));
    expect(await scene.actions(["m1"], { renew: "due", now: later(3640) })).toEqual({ m1: "unchanged" });
    await expect(scene.ensure(["m1"], { now: later(3651) })).rejects.toThrow(keyStoreError);
  });

  test("never ends in the second in which the one before it ends, by which istiod tells them apart", async () => {
    await scene.ensure([]);
    for (const days of [0, 3500]) {
      const ends: string[] = [];
      for (let round = 0; round < 4; round++) {
        const { trust } = await scene.ensure(["m1"], { renew: "all", now: later(days) });
        ends.push(readAuthority(cacertsFor(trust, "m1").caCert).notAfter.toISOString());
      }
      for (const [index, end] of ends.entries()) expect(end).not.toBe(ends[index + 1]);
    }
    expect(await scene.actions(["m1"], { renew: "due", now: later(3600) })).toEqual({ m1: "unchanged" });
  });

  test("that a cluster does not have is not delivered", async () => {
    const { trust } = await scene.ensure(["m1"]);
    expect(() => cacertsFor(trust, "m2")).toThrow(keyStoreError);
  });
});

describe("a root", () => {
  const step = (trust: MeshTrust, to: "sign-new" | "drop-old"): RootState => {
    const { state: before } = trust;
    return before.rotation === undefined
      ? before
      : { ...before, rotation: { ...before.rotation, step: to, seen: now } };
  };

  test("is changed in steps, each of which is remembered, and the authorities follow the one that signs", async () => {
    const { trust: old } = await scene.ensure(["m1"]);
    const begun = await scene.store.beginRotation("shop", now);
    expect(fingerprintsOf(cacertsFor(begun, "m1").rootCert)).toHaveLength(2);
    expect(cacertsFor(begun, "m1").rootCert.startsWith(old.state.root)).toBe(true);
    expect(await scene.actions(["m1"], { renew: "due" })).toEqual({ m1: "unchanged" });
    expect(await scene.store.beginRotation("shop", now)).toEqual(begun);
    const signing = await scene.store.saveState("shop", begun.state, step(begun, "sign-new"));
    expect(await scene.actions(["m1"])).toEqual({ m1: "renewed" });
    expectWhole((await scene.ensure(["m1"])).trust);
    const next = { root: signing.state.rotation?.newRoot ?? "", retired: fingerprintsOf(old.state.root) };
    const done = await scene.store.saveState("shop", signing.state, next);
    expect(done.signers.map(({ root }) => root)).toEqual([next.root]);
    expect(await readFile(await trustFile(), "utf8")).not.toContain(JSON.stringify(old.signers[0]?.key).slice(1, -1));
    expect(await scene.actions(["m1"])).toEqual({ m1: "unchanged" });
    expect(await (await openMeshStore(scene.state)).findTrust("shop")).toEqual((await scene.ensure(["m1"])).trust);
  });

  test("goes on once where two go on at once, and only from what they have seen", async () => {
    await scene.ensure(["m1"]);
    const begun = await scene.store.beginRotation("shop", now);
    const next = step(begun, "sign-new");
    const both = await Promise.all([scene.store, scene.store].map((each) => each.saveState("shop", begun.state, next)));
    expect(both.map((trust) => trust.state)).toEqual([next, next]);
    await expect(scene.store.saveState("shop", begun.state, step(begun, "drop-old"))).rejects.toThrow(keyStoreError);
  });

  test("of a cloud without one is neither changed nor gone on with", async () => {
    await expect(scene.store.beginRotation("shop", now)).rejects.toThrow(keyStoreError);
    const nothing = { root: "", retired: [] };
    await expect(scene.store.saveState("shop", nothing, nothing)).rejects.toThrow(keyStoreError);
  });

  test("that somebody brings is taken once, and never in the place of another", async () => {
    const { trust } = await scene.ensure(["m1"]);
    const [signer] = trust.signers;
    const other = (await scene.store.ensureTrust({ ...wantedOn(["m1"]), cloud: "bank" })).trust.signers[0];
    if (signer === undefined || other === undefined) throw new Error("no signer");
    await expect(scene.store.importRoot("shop", other)).rejects.toThrow(keyStoreError);
    expect(await scene.store.importRoot("shop", signer)).toBe("unchanged");
    expect(await scene.store.importRoot("mall", other)).toBe("created");
    const mall = await scene.store.ensureTrust({ ...wantedOn(["m1"]), cloud: "mall" });
    expect(mall).toMatchObject({ root: "unchanged", trust: { state: { root: other.root } } });
  });
});

describe("between processes", () => {
  test("all who ask at once get one root, and each its own authority, and none is lost", async () => {
    const clusters = ["m1", "m2", "m3", "m4"];
    const roots = await Promise.all(clusters.map((cluster) => text(ensuring(cluster, 3).stdout)));
    expect(new Set(roots.map((each) => each.trim())).size).toBe(1);
    const trust = await scene.store.findTrust("shop");
    expect([...(trust?.authorities.keys() ?? [])].sort()).toEqual(
      clusters.flatMap((each) => [0, 1, 2].map((at) => `${each}-${at}`)),
    );
    if (trust !== undefined) expectWhole(trust);
    await trustFile();
  });

  test("what is killed at any moment leaves what was or what is to be", { timeout: 60_000 }, async () => {
    const { trust: first } = await scene.ensure(["m0"]);
    for (let round = 0; round < 8; round++) {
      const child = ensuring(`k${round}`, 10_000);
      await once(child.stdout, "data");
      // a little further each time, into another part of a write
      for (let turn = 0; turn < round * 3; turn++) await scene.store.findTrust("shop");
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      const found = await scene.store.findTrust("shop");
      expect(found?.state.root).toBe(first.state.root);
      if (found !== undefined) expectWhole(found);
      expect(await scene.actions(["m0", `after-${round}`])).toEqual({ m0: "unchanged", [`after-${round}`]: "created" });
    }
  });
});

/** A process that makes so many authorities, one after the other, and prints the root's fingerprint after the first. */
function ensuring(cluster: string, count: number): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const url = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const program = `
    import { openMeshStore } from ${url("keys/mesh-store.ts")};
    import { fingerprintsOf } from ${url("mesh/bundle.ts")};
    const store = await openMeshStore(${JSON.stringify(scene.state)});
    for (let at = 0; at < ${count}; at++) {
      const clusters = [{ cluster: "${cluster}-" + at, trustDomain: "shop.mesh", nameConstraints: false }];
      const { trust } = await store.ensureTrust({ cloud: "shop", clusters, now: new Date("${now.toISOString()}") });
      if (at === 0) process.stdout.write(fingerprintsOf(trust.state.root).join());
    }`;
  return spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
}
