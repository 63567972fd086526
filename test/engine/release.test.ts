import { expect, test } from "vitest";
import { leavesObjects } from "../../src/engine/living-units.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import type { Engine, GitDelivery } from "../../src/model/delivery.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { argo, flux } from "../delivery/agent.ts";

const url = "https://git.example.com/fleet";
const place = { kind: "git", repository: url, pullUrl: url, branch: "main", path: "clusters" } as const;

/** What is rendered of the agent's own. */
function unitsOf(engine: Engine): readonly Manifest[] {
  const delivery: GitDelivery = engine.kind === "flux" ? { ...place, engine } : { ...place, engine };
  const found = engineManifests(delivery, "east", { units: ["lc-cloud-shop"], manifests: [] });
  return [...found.values()].filter(({ kind }) => kind !== "AppProject");
}

const live = (manifest: Manifest): LiveManifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, uid: "u", resourceVersion: "1" },
});

test.each([flux, argo])("units of $kind leave behind what they hold exactly if they are to be released", (engine) => {
  const [kept, released] = [unitsOf(engine), unitsOf({ ...engine, release: true })];
  expect(kept.map((unit) => leavesObjects(engine.kind, live(unit)))).toEqual([false, false]);
  expect(released.map((unit) => leavesObjects(engine.kind, live(unit)))).toEqual([true, true]);
});

test("a unit of Flux that rests leaves behind what it holds, as one of Argo CD does not", () => {
  for (const engine of [flux, argo]) {
    const resting = unitsOf(engine).map((unit) =>
      live({ ...unit, spec: { ...(unit["spec"] as object), suspend: true } }),
    );
    expect(resting.map((unit) => leavesObjects(engine.kind, unit))).toEqual(resting.map(() => engine === flux));
  }
});

test("a released unit still prunes, so that access which is withdrawn meanwhile ends", () => {
  for (const unit of unitsOf({ ...flux, release: true })) expect(unit["spec"]).toMatchObject({ prune: true });
  for (const unit of unitsOf({ ...argo, release: true })) {
    expect(unit["spec"]).toMatchObject({ syncPolicy: { automated: { prune: true } } });
  }
});
