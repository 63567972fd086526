import type { UnitProgress } from "../post-sync/look-at-units.ts";
import type { AppliedReport } from "./applied.ts";
import type { Summary } from "./clusters.ts";

export const isNotApplied = ({ state }: UnitProgress): boolean => state !== "applied";

const countApplied = (units: readonly UnitProgress[]): string =>
  `${units.filter((unit) => !isNotApplied(unit)).length} of ${units.length} units applied`;

/** As in `3 of 12 units applied; lc-cloud-shop fails: …`: what goes wrong is to be seen before the time is over. */
export function formatProgress(units: readonly UnitProgress[]): string {
  const [failing] = units.filter(({ state }) => state === "failing" || state === "failed");
  if (failing === undefined) return countApplied(units);
  const message = failing.message.replace(/\s+/g, " ");
  return `${countApplied(units)}; ${failing.unit} fails: ${message}`;
}

/** As in `12 units applied`. */
export function summarizeApplied({ isSeen, units, failures }: AppliedReport): Summary {
  if (!isSeen) return { failed: false, text: "delivered, not seen" };
  const codes = [...new Set(failures.map(({ code }) => code))];
  return {
    failed: failures.length > 0,
    text: [...(units.length === 0 ? [] : [countApplied(units)]), ...codes].join("; "),
  };
}
