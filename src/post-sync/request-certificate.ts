import { setTimeout } from "node:timers/promises";
import type { LiveManifest } from "../model/manifest.ts";
import { type FoundRequest, findRequest, type RequestSearch } from "./find-request.ts";
import { movingError, pendingError, refusalOf, strangerError, takenError, timeoutError } from "./request-errors.ts";
import { approveRequest, discardRequest, makeRequest } from "./request-steps.ts";

/** What it takes to bring one request on its way. */
export interface RequestOrder extends RequestSearch {
  /** Our own user name. */
  readonly self: string;
  /** `collect`: somebody else approves. */
  readonly half: "both" | "collect";
  /** Milliseconds until an approved request must be signed. */
  readonly timeoutMs: number;
}

/** How often a request may be made, approved or replaced before somebody must be working against us. */
const MAX_MOVES = 10;

const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 1000;

/**
 * Make a request, approve it if that is ours to do, and wait until it is signed.
 *
 * Every step is decided on the live object as it was just read, and done only if that object is still the same; so it
 * goes on from wherever an earlier run, or somebody else's half, has left it.
 *
 * @returns The request with its `status.certificate`.
 * @throws {@link CloudError} `CSR_PLANTED`, `CSR_DENIED`, `CSR_FAILED`, `CSR_PENDING`, `CSR_TIMEOUT`; `CONFLICT` if the
 * request keeps changing; `FORBIDDEN` to whoever is no requester.
 */
export async function collectRequest(order: RequestOrder): Promise<LiveManifest> {
  const deadline = performance.now() + order.timeoutMs;
  const made: string[] = [];
  let delayMs = FIRST_DELAY_MS;
  for (let moves = 0; moves < MAX_MOVES; ) {
    const found = await findRequest(order, made);
    if (found.state === "issued") return found.live;
    if (found.state !== "approved") {
      moves++;
      await advance(order, found, made);
      continue;
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw timeoutError(order.api.cluster, found.live, order.timeoutMs);
    await setTimeout(Math.min(delayMs, leftMs));
    delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
  }
  throw movingError(order.api.cluster, order.reviewed);
}

/**
 * Approve what somebody else has requested, and change nothing else.
 *
 * @returns Whether it is approved, by now or already; `absent` where there is nothing to approve.
 * @throws {@link CloudError} `CSR_PLANTED`, `CSR_NAME_TAKEN`, `CSR_DENIED`, `CSR_FAILED`; `CONFLICT` as above.
 */
export async function approveOnly(search: RequestSearch): Promise<"approved" | "absent"> {
  const { api, reviewed } = search;
  for (let moves = 0; moves < MAX_MOVES; moves++) {
    const found = await findRequest(search);
    switch (found.state) {
      case "absent":
        if (found.taken !== undefined) throw takenError(api.cluster, found.taken);
        return "absent";
      case "approved":
      case "issued":
        return "approved";
      case "pending":
        await approveRequest(api, found.live);
        break;
      default:
        throw refusalOf(api.cluster, found, reviewed);
    }
  }
  throw movingError(api.cluster, reviewed);
}

/** One step of {@link collectRequest}; what came of it shows when the request is read again. */
async function advance(
  { api, reviewed, requesters, self, half }: RequestOrder,
  found: Exclude<FoundRequest, { state: "issued" | "approved" }>,
  made: string[],
): Promise<void> {
  switch (found.state) {
    case "absent":
      if (!requesters.has(self)) throw strangerError(api.cluster, reviewed, self, requesters);
      made.push(found.freeName);
      return makeRequest(api, reviewed, found.freeName);
    case "pending":
      if (half === "collect") throw pendingError(api.cluster, found.live);
      return approveRequest(api, found.live);
    case "failed":
      // So that it can be made again when the cause is gone.
      await discardRequest(api, found.live, self);
      throw refusalOf(api.cluster, found, reviewed);
    default:
      throw refusalOf(api.cluster, found, reviewed);
  }
}
