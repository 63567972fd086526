import { countOf } from "../../model/count.ts";
import type { ClusterZoneCheck, ZoneCheck } from "../../model/zone-check.ts";
import type { DnsCheckReport } from "../../pipeline.ts";
import { formatFailure } from "./changes.ts";
import { formatTable } from "./table.ts";

/** A row for each name that was asked for. */
export const formatZoneChecks = ({ clusters }: DnsCheckReport): string =>
  formatTable(
    ["CLUSTER", "CLOUD", "NAME", "ANSWER", "STATE"],
    clusters.flatMap(({ cluster, zones }) =>
      zones.flatMap(({ cloud, names }) =>
        names.map(({ name, answer, state }) => [cluster, cloud, name, answer.join(",") || "-", state]),
      ),
    ),
  );

/** A line for each thing that could not be asked, and for each zone that is not right. */
export const failuresOfZoneChecks = ({ clusters }: DnsCheckReport): readonly string[] =>
  clusters.flatMap(({ cluster, failures, zones }) => [
    ...failures.map((failure) => formatFailure(failure, cluster)),
    ...zones.flatMap(({ cloud, failures }) => failures.map((failure) => formatFailure(failure, cluster, cloud))),
    ...zones.flatMap((zone) => wrongNames(cluster, zone)),
  ]);

function wrongNames(cluster: string, { cloud, zone, names }: ZoneCheck): readonly string[] {
  const wrong = names.filter(({ isRight }) => !isRight).length;
  if (wrong === 0) return [];
  const what = `${wrong} of ${countOf(names.length, "name")} of zone ${zone} not right`;
  return [`${cluster}: ${cloud}: ${what}; lcloud status says whether the zone is in place`];
}

/** What an answer does not show. */
export const notesOfZoneChecks = ({ clusters }: DnsCheckReport): readonly string[] =>
  clusters.length === 0 ? ["no cloud has a zone on these clusters"] : clusters.flatMap(nativeNotes);

const nativeNotes = ({ cluster, zones }: ClusterZoneCheck): readonly string[] =>
  zones
    .filter(({ mode }) => mode === "native")
    .map(({ zone }) => `${cluster}: pods find <service>.${zone} by their search path: ${zone} is a namespace there`);
