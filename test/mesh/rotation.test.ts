import fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprintsOf } from "../../src/mesh/bundle.ts";
import { WORKLOAD_MS } from "../../src/mesh/lifetimes.ts";
import { describeRotation, SETTLE_MS } from "../../src/mesh/rotation.ts";
import { madeUpRoot, RotationWorld } from "./rotation-world.ts";

const NAMES = ["eu", "us", "asia"] as const;

const cluster = fc.constantFrom(...NAMES);
const runner = fc.constantFrom(0, 1, 2);

type Act = readonly [string, (world: RotationWorld) => void];

const act =
  (name: string, run: (world: RotationWorld, which: never) => void) =>
  (which: unknown): Act => [`${name} ${String(which)}`, (world) => run(world, which as never)];

/** As many calls as one look, and what comes of it, take at most. */
const run = (world: RotationWorld, index: number): void => {
  for (let call = 0; call < 12; call++) world.go(index);
};

/** Everybody has what was written, and asks for a certificate. */
const follow = (world: RotationWorld): void => {
  for (const name of NAMES) {
    world.load(name);
    world.publish(name);
    world.issue(name);
  }
};

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: runner.map(act("go", (world, index: number) => world.go(index))) },
  { weight: 6, arbitrary: runner.map(act("run", run)) },
  { weight: 4, arbitrary: fc.constant("").map(act("follow", follow)) },
  { weight: 1, arbitrary: runner.map(act("kill", (world, index: number) => world.kill(index))) },
  { weight: 4, arbitrary: cluster.map(act("load", (world, name: string) => world.load(name))) },
  { weight: 4, arbitrary: cluster.map(act("publish", (world, name: string) => world.publish(name))) },
  { weight: 2, arbitrary: cluster.map(act("spread", (world, name: string) => world.spread(name))) },
  { weight: 3, arbitrary: cluster.map(act("issue", (world, name: string) => world.issue(name))) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(60_000, SETTLE_MS, WORKLOAD_MS / 2, WORKLOAD_MS)
      .map(act("tick", (world, ms: number) => world.tick(ms))),
  },
  {
    weight: 1,
    arbitrary: cluster.map(
      act("outage", (world, name: string) => {
        world.at(name).isUp = !world.at(name).isUp;
      }),
    ),
  },
  { weight: 2, arbitrary: cluster.map(act("restore", (world, name: string) => world.restore(name))) },
  { weight: 1, arbitrary: fc.constant("").map(act("renew", (world) => world.renew())) },
  { weight: 1, arbitrary: fc.constant("").map(act("begin", (world) => world.begin())) },
);

const story = fc.array(acts, { minLength: 1, maxLength: 120, size: "max" });

/** Everything works, and somebody runs the rotation again and again. */
function settle(world: RotationWorld): void {
  for (const name of NAMES) world.at(name).isUp = true;
  for (let round = 0; round < 40; round++) {
    for (const name of NAMES) {
      world.load(name);
      world.publish(name);
    }
    for (let call = 0; call < 12; call++) world.go(0);
    world.tick(WORKLOAD_MS / 4);
  }
}

test("whatever goes down, is killed or meets, no two clusters refuse each other's workloads", () => {
  fc.assert(
    fc.property(story, (told) => {
      const world = new RotationWorld(NAMES);
      world.begin();
      for (const [, run] of told) {
        run(world);
        expect(world.distrust()).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);

test("no step is skipped, and once all is well the new root alone is trusted everywhere", () => {
  fc.assert(
    fc.property(story, (told) => {
      const world = new RotationWorld(NAMES);
      world.begin();
      for (const [, run] of told) run(world);
      settle(world);
      const order = ["trust-both", "sign-new", "drop-old", undefined];
      expect(world.steps).toEqual(world.steps.map((_, index) => order[index % order.length]));
      expect(world.steps.at(-1)).toBeUndefined();
      for (const name of NAMES) expect(world.at(name).secret?.roots).toBe(world.state.root);
      expect(world.state.retired).toContain(fingerprintsOf(madeUpRoot("1"))[0]);
      expect(world.distrust()).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 120_000);

test("the old root goes no sooner than the longest certificate lives after the last cluster was seen", () => {
  const world = new RotationWorld(NAMES);
  world.begin();
  const go = (): void => {
    for (const name of NAMES) {
      world.load(name);
      world.publish(name);
    }
    for (let call = 0; call < 12; call++) world.go(0);
  };
  for (let round = 0; round < 100 && world.state.rotation?.step !== "sign-new"; round++) {
    go();
    world.tick(60_000);
  }
  for (let round = 0; round < 5; round++) go();
  const seen = world.state.rotation?.seen?.getTime() ?? Number.NaN;
  expect(describeRotation(world.state)?.notBefore).toEqual(new Date(seen + WORKLOAD_MS));
  world.tick(seen + WORKLOAD_MS - 1 - world.now);
  go();
  expect(world.state.rotation?.step).toBe("sign-new");
  world.tick(1);
  go();
  expect(world.state.rotation?.step).not.toBe("sign-new");
});

test("the old root stays for as long as the longest certificate lives, once a cluster was restored that signs with it", () => {
  const world = new RotationWorld(NAMES);
  world.begin();
  const go = (): void => {
    for (let call = 0; call < 12; call++) {
      world.go(0);
      follow(world);
    }
  };
  for (let round = 0; round < 100 && world.state.rotation?.step !== "sign-new"; round++) {
    go();
    world.tick(60_000);
  }
  for (let round = 0; round < 5; round++) go();
  world.tick(WORKLOAD_MS - 3_600_000);
  go();
  world.restore("us");
  const restored = world.now;
  go();
  go();
  expect(world.state.rotation?.seen?.getTime()).toBe(restored);
  world.tick(3_600_000);
  go();
  go();
  expect(world.distrust()).toEqual([]);
  expect(world.state.rotation?.step).toBe("sign-new");
  world.tick(WORKLOAD_MS);
  for (let round = 0; round < 5; round++) go();
  expect(world.state.rotation).toBeUndefined();
  expect(world.distrust()).toEqual([]);
});

test("a cluster that is down holds the rotation", () => {
  const world = new RotationWorld(NAMES);
  world.begin();
  world.at("us").isUp = false;
  for (let round = 0; round < 50; round++) {
    for (const name of NAMES) {
      world.load(name);
      world.publish(name);
    }
    world.go(0);
    world.tick(WORKLOAD_MS);
  }
  expect(world.state.rotation?.step).toBe("trust-both");
});
