import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { loadAll } from "js-yaml";
import { CLUSTERS, cloudNames, cloudObjects } from "./tenants.ts";

/** A benchmark compares nothing if its variants do not render the same. @throws if a folder holds other objects. */
export function checkObjects(variant: string, outdir: string, count: number): void {
  const wanted = CLUSTERS.flatMap((cluster) => cloudNames(count).flatMap((cloud) => cloudObjects(cloud, cluster)));
  const found = readdirSync(outdir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/chart"))
    .flatMap(({ parentPath, name }) => loadAll(readFileSync(join(parentPath, name), "utf8")))
    .filter((object) => isOfTenant(object));
  if (isDeepStrictEqual(sorted(found), sorted(wanted))) return;
  throw new Error(`${variant} renders other objects than the floor`);
}

const isOfTenant = (object: unknown): boolean => JSON.stringify(object ?? {}).includes('"logical-clouds.io/cloud":');

const sorted = (objects: readonly unknown[]): readonly string[] => objects.map(textOf).sort();

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
