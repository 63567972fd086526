import type { DeliveryState, ObjectsStatus } from "../model/status.ts";

/** Several units as if they were one; none as one in which nothing is to be. */
export const joinObjects = (units: readonly ObjectsStatus[]): ObjectsStatus => ({
  state: stateOf(units.map(({ state }) => state)),
  missing: units.flatMap(({ missing }) => missing),
  drifted: units.flatMap(({ drifted }) => drifted),
  foreign: units.flatMap(({ foreign }) => foreign),
  failures: units.flatMap(({ failures }) => failures),
});

function stateOf(states: readonly DeliveryState[]): DeliveryState {
  if (states.includes("unknown")) return "unknown";
  if (states.every((state) => state === "delivered")) return "delivered";
  return states.every((state) => state === "absent") ? "absent" : "partly";
}
