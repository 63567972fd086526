import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatEnrolments } from "../../src/cli/commands/enroll.ts";
import { openMeshStore } from "../../src/keys/mesh-store.ts";
import { enrollMeshes } from "../../src/pipeline/enroll-meshes.ts";
import { enrollUsers } from "../../src/pipeline/enroll-users.ts";
import { parseYaml } from "../../src/rendered/parse-yaml.ts";
import type { WantedFile, WantedMesh } from "../../src/rendered/wanted-file.ts";
import { makeIntermediate, makeRoot } from "../x509/authorities.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-enroll-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const FILE = "clouds/meshes/shop/m1.cacerts.sops.yaml";
const mesh = (cloud: string, cluster: string, changes: Partial<WantedMesh> = {}): WantedMesh => ({
  ...{ cloud, cluster, trustDomain: `${cloud}.mesh`, nameConstraints: false, trust: "post-sync" },
  ...changes,
});
const encrypted = mesh("shop", "m1", { trust: "sops", authority: FILE });
const options = () => ({ folder, state: ".lcloud" });
const recipient = async () => identityToRecipient(await generateIdentity());
const trustOf = async (cloud: string) => (await openMeshStore(join(folder, ".lcloud"))).findTrust(cloud);

describe("enrolling meshes", () => {
  test("makes a root for a cloud and an authority for each cluster, once", async () => {
    const meshes = [mesh("bank", "m1"), mesh("shop", "m1"), mesh("shop", "m2")];
    const first = await enrollMeshes(meshes, options());
    expect(first).toMatchObject({
      meshes: [
        { cloud: "bank", root: "created", clusters: [{ cluster: "m1", action: "created" }] },
        { cloud: "shop", root: "created", clusters: [{ action: "created" }, { action: "created" }] },
      ],
      failures: [],
    });
    const before = await trustOf("shop");
    const second = await enrollMeshes(meshes, options());
    expect(second.meshes.map(({ root }) => root)).toEqual(["unchanged", "unchanged"]);
    expect(await trustOf("shop")).toEqual(before);
  });

  test("leaves to cert-manager what is its own", async () => {
    const enrolled = await enrollMeshes([mesh("shop", "m1", { trust: "cert-manager" })], options());
    expect(enrolled).toEqual({ meshes: [], failures: [] });
    expect(await readdir(folder)).toEqual([]);
  });

  test("tells nothing private, neither in the report nor in text", async () => {
    const { meshes } = await enrollMeshes([encrypted], { ...options(), recipients: [await recipient()] });
    const trust = await trustOf("shop");
    const told = JSON.stringify(meshes) + formatEnrolments({ users: [], meshes });
    expect(told).toContain(meshes[0]?.fingerprints[0]?.slice(0, 16));
    expect(told).not.toMatch(/BEGIN|PRIVATE/);
    const [, line = ""] = trust?.signers[0]?.key.split("\n") ?? [];
    expect(line).toHaveLength(64);
    expect(told + (await readFile(join(folder, FILE), "utf8"))).not.toContain(line);
  });

  test("encrypts an authority for Flux, and only what has changed anew", async () => {
    const recipients = [await recipient()];
    const action = async (more: object = {}) =>
      (await enrollMeshes([encrypted], { ...options(), ...more })).meshes[0]?.clusters[0]?.file?.action;
    expect(await action({ recipients })).toBe("created");
    const text = await readFile(join(folder, FILE), "utf8");
    expect(parseYaml(text)).toMatchObject({ kind: "Secret", metadata: { name: "cacerts", namespace: "istio-shop" } });
    expect(await action()).toBe("unchanged");
    expect(await action({ recipients })).toBe("unchanged");
    expect(await action({ recipients: [...recipients, await recipient()] })).toBe("changed");
    const store = await openMeshStore(join(folder, ".lcloud"));
    await store.ensureTrust({ cloud: "shop", clusters: [encrypted], now: new Date(), renew: "all" });
    expect(await action()).toBe("changed");
  });

  test("tells a recipient that is none once, however many would be encrypted for it", async () => {
    const other = mesh("bank", "m1", { trust: "sops", authority: "clouds/meshes/bank/m1.cacerts.sops.yaml" });
    const enrolling = enrollMeshes([encrypted, other], { ...options(), recipients: ["me"] });
    await expect(enrolling).rejects.toMatchObject({ faults: [{ message: expect.stringContaining('"me" is no age') }] });
  });

  test("takes no recipient where it encrypts nothing", async () => {
    const recipients = [await recipient()];
    for (const meshes of [[], [mesh("shop", "m1")]]) {
      const enrolling = enrollMeshes(meshes, { ...options(), recipients });
      await expect(enrolling).rejects.toMatchObject({
        faults: [{ path: "recipient", message: expect.stringMatching(/^would decrypt nothing: .*; leave it out/) }],
      });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("encrypts for nobody where nobody is named, and stops no other cloud", async () => {
    expect(await enrollMeshes([encrypted, mesh("bank", "m1")], options())).toMatchObject({
      meshes: [{ cloud: "bank", root: "created" }],
      failures: [{ cloud: "shop", code: "INVALID" }],
    });
  });
});

describe("a root that is brought along", () => {
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const bring = async () => {
    const { pem, key } = makeRoot({ notBefore: new Date(0) });
    const secret = key.export({ type: "pkcs8", format: "pem" }).toString();
    return { pem, root: { certificate: await write("root.pem", pem), key: await write("root.key", secret) } };
  };

  test("signs the authorities of the cloud that is named, and is taken once", async () => {
    const { pem, root } = await bring();
    const enrol = async () => (await enrollMeshes([mesh("shop", "m1")], { ...options(), root })).meshes[0];
    expect(await enrol()).toMatchObject({ root: "created", clusters: [{ action: "created" }] });
    expect(await enrol()).toMatchObject({ root: "unchanged", clusters: [{ action: "unchanged" }] });
    expect((await trustOf("shop"))?.state.root).toBe(pem);
  });

  test.each([[[]], [[mesh("shop", "m1"), mesh("bank", "m1")]]])("is for one cloud: %j", async (meshes) => {
    const { root } = await bring();
    await expect(enrollMeshes(meshes, { ...options(), root })).rejects.toMatchObject({ code: "INVALID" });
    expect(await trustOf("shop")).toBeUndefined();
  });

  test("is not taken where it may not certify the trust domain of the cloud", async () => {
    const above = makeRoot({ notBefore: new Date(0) });
    const { pem, key } = makeIntermediate(above, { notBefore: new Date(0), permittedDomain: "bank.mesh" });
    const secret = key.export({ type: "pkcs8", format: "pem" }).toString();
    const root = { certificate: await write("chain.pem", pem + above.pem), key: await write("chain.key", secret) };
    const faults = expect.arrayContaining([
      { path: root.certificate, message: expect.stringContaining("may not certify URI:shop.mesh") },
    ]);
    await expect(enrollMeshes([mesh("shop", "m1")], { ...options(), root })).rejects.toMatchObject({ faults });
    expect(await trustOf("shop")).toBeUndefined();
  });

  test("does not take the place of another", async () => {
    await enrollMeshes([mesh("shop", "m1")], options());
    const { root } = await bring();
    await expect(enrollMeshes([mesh("shop", "m1")], { ...options(), root })).rejects.toMatchObject({
      code: "KEY_STORE",
    });
  });

  test("is not taken with another's key, nor where a file is missing", async () => {
    const { root } = await bring();
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const key = await write("other.key", other.export({ type: "pkcs8", format: "pem" }).toString());
    for (const wrong of [
      { ...root, key },
      { ...root, key: join(folder, "none") },
      { ...root, certificate: "/none" },
    ]) {
      const enrolling = enrollMeshes([mesh("shop", "m1")], { ...options(), root: wrong });
      await expect(enrolling).rejects.toMatchObject({ code: "INVALID" });
    }
    expect(await trustOf("shop")).toBeUndefined();
  });

  test("is told of all its files that are not there, and what to do", async () => {
    const root = { certificate: join(folder, "none.pem"), key: join(folder, "none.key") };
    await expect(enrollMeshes([mesh("shop", "m1")], { ...options(), root })).rejects.toMatchObject({
      faults: [
        { path: root.certificate, message: "is not there; is it named so, from this folder?" },
        { path: root.key, message: "is not there; is it named so, from this folder?" },
      ],
    });
  });
});

test("a name that nobody has is told with those that can be enrolled", async () => {
  const wanted: WantedFile = {
    version: 1,
    identities: "clouds/identities",
    clouds: ["bank", "shop"],
    users: [{ cloud: "bank", user: "ana", keyAlgorithm: "ecdsa-p256" }],
    meshes: [mesh("shop", "m1"), mesh("shop", "m2")],
    charts: [],
  };
  await expect(enrollUsers(wanted, ["shoop"], options())).rejects.toMatchObject({
    faults: [{ path: "shoop", message: expect.stringMatching(/; there are bank\/ana, shop$/) }],
  });
});
