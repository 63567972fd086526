import { describe, expect, test } from "vitest";
import { makeRoot } from "../../src/keys/make-authority.ts";
import { openMeshStore } from "../../src/keys/mesh-store.ts";
import type { MeshSigner, MeshTrust } from "../../src/keys/mesh-trust.ts";
import { fingerprintsOf } from "../../src/mesh/bundle.ts";
import { makeRoot as makeCertificate, makeIntermediate } from "../x509/authorities.ts";
import { keyStoreError, now, StoreScene } from "./store-scene.ts";

const scene = new StoreScene();

describe("a change of root", () => {
  /** The store after its root was changed to what is brought, or made. */
  async function changed(cloud: string, signer?: MeshSigner): Promise<MeshTrust> {
    const { state: before } = await scene.store.beginRotation(cloud, now, signer === undefined ? {} : { signer });
    const root = before.rotation?.newRoot ?? "";
    return scene.store.saveState(cloud, before, { root, retired: fingerprintsOf(before.root), changed: now });
  }

  const brought = (): MeshSigner => ({ ...makeRoot("brought", now), isBrought: true });
  const invalid = expect.objectContaining({ name: "CloudError", code: "INVALID" });

  test("begins once, and another one only where somebody says again", async () => {
    await scene.ensure(["m1"]);
    const { state: done } = await changed("shop");
    expect((await (await openMeshStore(scene.state)).findTrust("shop"))?.state).toEqual(done);
    await expect(scene.store.beginRotation("shop", now)).rejects.toThrow(invalid);
    expect((await scene.store.findTrust("shop"))?.state).toEqual(done);
    expect((await scene.store.beginRotation("shop", now, { again: true })).state.rotation?.step).toBe("trust-both");
  });

  test("leads to the root that is brought, and asks for nothing more once it is there", async () => {
    await scene.ensure(["m1"]);
    const signer = brought();
    const begun = await scene.store.beginRotation("shop", now, { signer });
    expect(begun.state.rotation?.newRoot).toBe(signer.root);
    expect(await scene.store.beginRotation("shop", now, { signer })).toEqual(begun);
    expect(await scene.store.beginRotation("shop", now)).toEqual(begun);
    await expect(scene.store.beginRotation("shop", now, { signer: brought() })).rejects.toThrow(keyStoreError);
    const next = { root: signer.root, retired: fingerprintsOf(begun.state.root), changed: now };
    const done = await scene.store.saveState("shop", begun.state, next);
    expect(done.signers).toEqual([signer]);
    expect(await scene.store.beginRotation("shop", now, { signer })).toEqual(done);
  });

  test("from a root that was brought makes none, and takes another one that is brought", async () => {
    await scene.store.importRoot("shop", brought());
    for (const again of [false, true]) {
      await expect(scene.store.beginRotation("shop", now, { again })).rejects.toThrow(invalid);
    }
    await changed("shop", brought());
    await expect(scene.store.beginRotation("shop", now, { again: true })).rejects.toThrow(invalid);
    const signer = brought();
    expect((await changed("shop", signer)).state.root).toBe(signer.root);
  });

  test("never leads back to the root that has just gone", async () => {
    const [first, second] = [brought(), brought()];
    await scene.store.importRoot("shop", first);
    await changed("shop", second);
    await expect(scene.store.beginRotation("shop", now, { signer: first })).rejects.toThrow(keyStoreError);
  });
});

describe("whoever signs below a root that was brought", () => {
  test("is followed by another one below the same root, and the authorities with him", async () => {
    const root = makeCertificate();
    const below = (name: string): MeshSigner => {
      const { pem: chain, key } = makeIntermediate(root, { name });
      return { root: root.pem, chain, key: key.export({ type: "pkcs8", format: "pem" }).toString(), isBrought: true };
    };
    const [first, second] = [below("first"), below("second")];
    expect(await scene.store.importRoot("shop", first)).toBe("created");
    await scene.ensure(["m1"]);
    expect(await scene.store.importRoot("shop", first)).toBe("unchanged");
    expect(await scene.store.importRoot("shop", second)).toBe("renewed");
    expect(await scene.actions(["m1"])).toEqual({ m1: "renewed" });
    const trust = await scene.store.findTrust("shop");
    expect(trust?.state).toEqual({ root: root.pem, retired: [] });
    expect(trust?.authorities.get("m1")?.chain).toBe(second.chain);
  });
});
