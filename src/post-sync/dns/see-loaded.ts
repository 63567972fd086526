import type { Imports } from "../../dns/corefile/patch.ts";
import { metricsPlaceOf } from "../../dns/corefile-zones.ts";
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

/**
 * Wait until every replica has loaded a Corefile, and put it into the draft.
 *
 * @param corefile - As it is there now.
 * @param options.before - What the replicas said before it was written; absent where it was not.
 */
export async function seeLoaded(
  { api, dns, loadMs, tell, draft }: DnsRun,
  corefile: string,
  expected: Expectation,
  { before, imports }: { readonly before?: Observation | undefined; readonly imports?: Imports } = {},
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
  const { loaded, failure } = await waitLoaded(api, dns, place.port, expected, { timeoutMs: loadMs, before, tell });
  draft.loaded = loaded;
  if (failure !== undefined) draft.failures.push(failure);
}
