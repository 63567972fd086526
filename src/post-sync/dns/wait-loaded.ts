import { setTimeout } from "node:timers/promises";
import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { CoreDnsState } from "../../dns/coredns-metrics.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { Failure } from "../../model/change.ts";
import type { Loaded } from "./dns-report.ts";
import { type Observation, observeReplicas, type Replica } from "./replicas.ts";

const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 3000;

/** What each replica is to say once it has loaded what is there. */
export interface Expectation {
  /** Zones that it answers. */
  readonly present: readonly string[];
  /** Zones that it no longer answers. */
  readonly absent: readonly string[];
  /** Whether zones were changed that it answered before: then it must have loaded something else than it had. */
  readonly isChanged: boolean;
}

export interface WaitLoadedOptions {
  /** Milliseconds; 0 for one look. */
  readonly timeoutMs: number;
  /** What the replicas said before anything was written. */
  readonly before: Observation | undefined;
  readonly tell: (step: string) => void;
  /** When it was written, in milliseconds since 1970; absent where that was just now. */
  readonly writtenAt?: number;
}

/** @property failure - Where not every replica has loaded it. */
export interface WaitedFor {
  readonly loaded: Loaded;
  readonly failure?: Failure;
}

/**
 * Wait until every replica of CoreDNS has loaded what is expected, or one of them refuses it: for as long as one may take
 * from when it was written, or from when the replica began. What was not loaded in that time is not loaded later.
 *
 * The hash that CoreDNS gives is also that of a Corefile which it refused, and its health is good then: so it is asked for
 * the zones themselves, and for how often it has refused something. A new process counts from 0. While CoreDNS loads a
 * Corefile, it tells the new zones and gives no hash, and what it loaded before still answers queries.
 *
 * @param port - Of the metrics.
 * @throws {@link CloudError} `UNREACHABLE`, `UNAUTHORIZED`
 */
export async function waitLoaded(
  api: KubeApi,
  dns: ClusterDns,
  port: number,
  expected: Expectation,
  { timeoutMs, before, tell, writtenAt = api.serverTime().getTime() }: WaitLoadedOptions,
): Promise<WaitedFor> {
  const deadline = performance.now() + timeoutMs;
  const earlier = new Map(before?.kind === "seen" ? before.replicas.map((replica) => [replica.pod, replica]) : []);
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_POLL_MS)) {
    const seen = await observeReplicas(api, dns, port);
    if (seen.kind === "unseen") return { loaded: seen };
    const { replicas } = seen;
    const missing = replicas.filter((replica) => !hasLoaded(replica, earlier.get(replica.pod), expected));
    const loaded = replicas.length - missing.length;
    tell(`CoreDNS: ${loaded} of ${replicas.length} replicas have loaded it`);
    if (missing.length === 0) return { loaded: { kind: "loaded", replicas: loaded } };
    const refusing = missing.filter((replica) => hasRefused(replica.state, earlier.get(replica.pod)));
    const waitedMs = api.serverTime().getTime() - Math.max(writtenAt, ...missing.map(({ since }) => since));
    // whatever the clocks say, and however often a replica begins anew
    const left = Math.min(deadline - performance.now(), timeoutMs - waitedMs);
    if (refusing.length > 0 || left <= 0) {
      const counts = { kind: "waiting", loaded, replicas: replicas.length } as const;
      return {
        loaded: counts,
        failure: failureOf(api.cluster, { port, replicas, missing, refusing, waitedMs: Math.max(waitedMs, timeoutMs) }),
      };
    }
    await setTimeout(Math.min(pauseMs, left));
  }
}

function hasLoaded({ state }: Replica, before: Replica | undefined, expected: Expectation): boolean {
  if (state === undefined || hasRefused(state, before)) return false;
  if (!answers(state, expected)) return false;
  const earlier = before?.state?.started === state.started ? before.state : undefined;
  if (earlier === undefined) return true;
  const isReloaded = state.tried !== undefined && state.tried !== earlier.tried;
  return isReloaded || (!expected.isChanged && answers(earlier, expected));
}

const answers = ({ zones }: CoreDnsState, { present, absent }: Expectation): boolean =>
  present.every((zone) => zones.has(`${zone}.`)) && !absent.some((zone) => zones.has(`${zone}.`));

/** Whether a process has refused something that was changed since it was looked at first. */
const hasRefused = (state: Replica["state"], before: Replica | undefined): boolean =>
  state !== undefined && before?.state?.started === state.started && state.failedReloads > before.state.failedReloads;

interface Wait {
  readonly port: number;
  readonly replicas: readonly Replica[];
  readonly missing: readonly Replica[];
  readonly refusing: readonly Replica[];
  readonly waitedMs: number;
}

function failureOf(cluster: string, { port, replicas, missing, refusing, waitedMs }: Wait): Failure {
  const named = (some: readonly Replica[]): string => some.map(({ pod }) => pod).join(", ");
  if (refusing.length > 0) {
    const message =
      `CoreDNS has refused the Corefile and goes on with the one before: ${named(refusing)}; see its log, and ` +
      `lcloud post-sync --cluster ${cluster} --revert-dns puts the one before back`;
    return { code: "DNS_NOT_LOADED", message };
  }
  const silent = missing.filter(({ state }) => state === undefined);
  const remedy =
    silent.length === 0
      ? "see their logs"
      : `see their logs, and delete pods that give no metrics on port ${port}: ${named(silent)}`;
  const message =
    `${replicas.length - missing.length} of ${replicas.length} replicas of CoreDNS have loaded it after ` +
    `${Math.round(waitedMs / 1000)} s, not ${named(missing)}; ${remedy}`;
  return { code: "DNS_NOT_LOADED", message };
}
