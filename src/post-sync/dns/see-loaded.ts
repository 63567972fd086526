import type { Imports } from "../../dns/corefile/patch.ts";
import { metricsPlaceOf } from "../../dns/corefile-zones.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { DnsRun } from "./dns-run.ts";
import { type Observation, observeReplicas } from "./replicas.ts";
import { type Expectation, waitLoaded } from "./wait-loaded.ts";

/** What the replicas say before a Corefile is written, for {@link seeLoaded}. */
export async function observeBefore(
  { api, dns }: DnsRun,
  corefile: string | undefined,
): Promise<Observation | undefined> {
  const place = corefile === undefined ? undefined : metricsPlaceOf(corefile);
  return dns === undefined || place?.kind !== "port" ? undefined : observeReplicas(api, dns, place.port);
}

export interface SeeOptions {
  /** What the replicas said before it was written; absent where it was not. */
  readonly before?: Observation | undefined;
  readonly imports?: Imports;
  /** The objects that it is read from, where this run has written none of them. */
  readonly unwritten?: readonly (LiveManifest | undefined)[] | undefined;
}

/**
 * Wait until every replica has loaded a Corefile, and put it into the draft. What was written long ago is not waited for.
 *
 * @param corefile - As it is there now.
 */
export async function seeLoaded(
  { api, dns, loadMs, tell, draft }: DnsRun,
  corefile: string,
  expected: Expectation,
  { before, imports, unwritten }: SeeOptions = {},
): Promise<void> {
  if (expected.present.length + expected.absent.length === 0) return;
  if (dns === undefined) {
    draft.loaded = { kind: "unseen", reason: "dist/ no longer says which pods its DNS has" };
    return;
  }
  const place = metricsPlaceOf(corefile, imports);
  if (place.kind === "unseen") {
    draft.loaded = place;
    return;
  }
  const writtenAt = unwritten === undefined ? undefined : lastWrite(unwritten);
  const times = { timeoutMs: loadMs, before, tell, ...(writtenAt === undefined ? {} : { writtenAt }) };
  const { loaded, failure } = await waitLoaded(api, dns, place.port, expected, times);
  draft.loaded = loaded;
  if (failure !== undefined) draft.failures.push(failure);
}

/** @returns In milliseconds since 1970; undefined where one of the objects does not tell. */
function lastWrite(objects: readonly (LiveManifest | undefined)[]): number | undefined {
  const times = objects.map((object) =>
    Math.max(...(object?.metadata.managedFields ?? []).map(({ time = "" }) => Date.parse(time))),
  );
  return times.every(Number.isFinite) ? Math.max(...times) : undefined;
}
