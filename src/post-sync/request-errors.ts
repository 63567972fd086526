import { CloudError, type ErrorCode } from "../model/error.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import type { LiveRequest } from "./find-request.ts";
import { conditionOf, differencesOf, specOf } from "./signing-request.ts";

/** Why nobody may go on with a request that was found. */
export function refusalOf(
  cluster: string,
  { state, live }: LiveRequest<"planted" | "denied" | "failed">,
  reviewed: Manifest,
): CloudError {
  const retry = `then kubectl delete csr ${live.metadata.name} and run again`;
  switch (state) {
    case "denied":
      return about("CSR_DENIED", cluster, live, `was denied${reasonOf(live, "Denied")}; ask who denied it, ${retry}`);
    case "failed":
      return about(
        "CSR_FAILED",
        cluster,
        live,
        `was refused by its signer${reasonOf(live, "Failed")}; clear that, run again`,
      );
    default: {
      const fields = differencesOf(live, reviewed).map((field) => `spec.${field}`);
      const what = `was made by ${requesterOf(live)} with another ${fields.join(" and ")} than in git, and is not approved`;
      return about("CSR_PLANTED", cluster, live, `${what}; find out why, ${retry}`);
    }
  }
}

/** To the approver: our bytes, made by somebody who may not request. */
export const takenError = (cluster: string, live: LiveManifest): CloudError =>
  about(
    "CSR_NAME_TAKEN",
    cluster,
    live,
    `was made by ${requesterOf(live)}, who is no requester of this cluster; name them in the fleet, or request again`,
  );

/** To whoever would request, but whose requests nobody would approve. */
export const strangerError = (
  cluster: string,
  reviewed: Manifest,
  self: string,
  requesters: ReadonlySet<string>,
): CloudError =>
  about(
    "FORBIDDEN",
    cluster,
    reviewed,
    `may not be made by ${JSON.stringify(self)}: its requesters are ${[...requesters].join(", ")}; ` +
      "request as one of them, or name this user in the fleet",
  );

/** To the collector. */
export const pendingError = (cluster: string, live: LiveManifest): CloudError =>
  about("CSR_PENDING", cluster, live, "waits for approval; have it approved with --approve-only, then collect again");

export const timeoutError = (cluster: string, live: LiveManifest, timeoutMs: number): CloudError =>
  about(
    "CSR_TIMEOUT",
    cluster,
    live,
    `was approved, but not signed within ${timeoutMs} ms; does ${specOf(live).signerName} sign here (on EKS it does not)? ` +
      "if not, give the cluster another identity",
  );

export const movingError = (cluster: string, reviewed: Manifest): CloudError =>
  about("CONFLICT", cluster, reviewed, "keeps being changed by somebody else; find out who, then run again");

const about = (code: ErrorCode, cluster: string, manifest: Manifest, text: string): CloudError =>
  new CloudError(code, `${cluster}: ${formatRef(refOf(manifest))} ${text}`);

/** Names and reasons come from others: quoted, so that no control character of theirs reaches a terminal. */
const requesterOf = (live: LiveManifest): string => JSON.stringify(specOf(live).username ?? "");

function reasonOf(live: LiveManifest, type: string): string {
  const { reason = "", message = "" } = conditionOf(live, type) ?? {};
  const text = [reason, message].filter((part) => part !== "").join(": ");
  return text === "" ? "" : `, saying ${JSON.stringify(text)}`;
}
