import type { LiveManifest } from "../model/manifest.ts";
import { type Fields, fieldsOf, listOf, textOf } from "./fields.ts";
import type { LiveUnit } from "./live-unit.ts";

/**
 * An Application that holds what its repository had. The revision that it names is only to be believed where it could be
 * compared: with a ComparisonError it already names the new one, as Succeeded and Healthy, and applied nothing of it.
 */
export function readApplication({ spec, status }: LiveManifest): LiveUnit {
  const { conditions, sync, health, operationState } = fieldsOf(status);
  const error = listOf(conditions).find(({ type }) => textOf(type).endsWith("Error"));
  const { status: synced, revision } = fieldsOf(sync);
  const { phase, message, syncResult } = fieldsOf(operationState);
  const attempted = commitOf(fieldsOf(syncResult)["revision"]);
  if (error !== undefined) return { state: "failed", ...commitOf(revision), message: textOf(error["message"]) };
  if (synced === "Synced" && phase !== "Running") {
    const isHealthy = fieldsOf(health)["status"] === "Healthy";
    if (isHealthy) return { state: "applied", ...commitOf(revision), message: "" };
    return { state: "working", message: healthMessage(fieldsOf(health)) };
  }
  if (phase === "Failed" || phase === "Error" || (phase === "Running" && RETRY.test(textOf(message)))) {
    return { state: "failed", ...attempted, message: textOf(message) };
  }
  if (phase === "Running") return { state: "working", message: textOf(message) || "is being synced" };
  const what = `is ${textOf(synced) || "not compared yet"}`;
  return { state: "working", message: isAutomated(spec) ? what : `${what}, and is not synced automatically` };
}

/** What an operation says between two attempts, while it is said to run. */
const RETRY = /Retrying attempt #\d+ at /;

/** As it was made, and as the root makes it again. Without that, Argo CD only tells what differs. */
function isAutomated(spec: unknown): boolean {
  const { automated } = fieldsOf(fieldsOf(spec)["syncPolicy"]);
  return automated !== undefined && fieldsOf(automated)["enabled"] !== false;
}

const healthMessage = ({ status, message }: Fields): string =>
  `health is ${textOf(status) || "unknown"}${textOf(message) === "" ? "" : `: ${textOf(message)}`}`;

/** Where no manifests could be made, it is the name of the branch. */
const commitOf = (value: unknown): { readonly revision?: string } =>
  /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(textOf(value)) ? { revision: textOf(value) } : {};
