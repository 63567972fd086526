import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { type EnsuredTrust, type MeshStore, openMeshStore, type WantedTrust } from "../../src/keys/mesh-store.ts";

export const now = new Date("2026-11-29T08:00:00Z");

export const keyStoreError = expect.objectContaining({ name: "CloudError", code: "KEY_STORE" });

/** What is asked for cloud shop. */
export const wantedOn = (clusters: readonly string[], changes: Partial<WantedTrust> = {}): WantedTrust => ({
  cloud: "shop",
  clusters: clusters.map((cluster) => ({ cluster, trustDomain: "shop.mesh", nameConstraints: false })),
  now,
  ...changes,
});

/** A store of its own for each test of a file; what is ensured is cloud shop's. */
export class StoreScene {
  /** The state folder. */
  state = "";
  declare store: MeshStore;

  constructor() {
    beforeEach(async () => {
      this.state = await mkdtemp(join(tmpdir(), "lcloud-mesh-"));
      this.store = await openMeshStore(this.state);
    });
    afterEach(() => rm(this.state, { recursive: true, force: true }));
  }

  ensure(clusters: readonly string[], changes: Partial<WantedTrust> = {}): Promise<EnsuredTrust> {
    return this.store.ensureTrust(wantedOn(clusters, changes));
  }

  /** What was done, by cluster. */
  async actions(clusters: readonly string[], changes: Partial<WantedTrust> = {}): Promise<Record<string, string>> {
    return Object.fromEntries((await this.ensure(clusters, changes)).authorities);
  }
}
