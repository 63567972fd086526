import { expect, test } from "vitest";
import { joinObjects } from "../../src/inspect/join-objects.ts";
import type { DeliveryState, ObjectsStatus } from "../../src/model/status.ts";

const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name });
const unit = (state: DeliveryState, name: string): ObjectsStatus => ({
  ...{ state, missing: [ref(name)], drifted: [], foreign: [], failures: [] },
});

test.each<[readonly DeliveryState[], DeliveryState]>([
  [[], "delivered"],
  [["delivered", "delivered"], "delivered"],
  [["delivered", "absent"], "partly"],
  [["absent", "absent"], "absent"],
  [["delivered", "partly"], "partly"],
  [["absent", "unknown"], "unknown"],
])("units that are %j are together %s", (states, together) => {
  expect(joinObjects(states.map((state) => unit(state, state))).state).toBe(together);
});

test("what is missing of any unit of a cloud is missing of the cloud", () => {
  expect(joinObjects([unit("partly", "a"), unit("partly", "b")]).missing).toEqual([ref("a"), ref("b")]);
});
