import type { Engine } from "../model/delivery.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { fieldsOf, listOf, textOf } from "./fields.ts";

/**
 * Whether an agent whose unit has failed would say the same of that revision again, or does not try it again. All else, as a
 * webhook that is down or a right that comes later, may heal by itself.
 */
export const isFinalFailure = (kind: Engine["kind"], { status }: LiveManifest): boolean =>
  kind === "flux" ? isFinalForFlux(status) : isFinalForArgo(status);

/**
 * Flux tries all again after its `retryInterval`, but for what it calls stalled.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status
 */
function isFinalForFlux(status: unknown): boolean {
  const conditions = listOf(fieldsOf(status)["conditions"]);
  if (conditions.some((each) => each["type"] === "Stalled" && each["status"] === "True")) return true;
  const ready = conditions.find(({ type }) => type === "Ready");
  const message = textOf(ready?.["message"]);
  // keys for what is encrypted are no part of the revision
  if (ready?.["reason"] === "BuildFailed") return !/decrypt/i.test(message);
  return ready?.["reason"] === "ReconciliationFailed" && REFUSED.test(message);
}

/** In a server-side apply's dry run: 422, and a field that the kind does not have, of which no reason is given. */
const REFUSED = /dry-run failed(?: \(Invalid\)|(?: \(\w+\))?: failed to create typed patch object)/;

/**
 * Argo CD compares again what it could not, and tries an operation again until `retry.limit`, while which it runs; after
 * that no more, until there is another revision.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automated-sync-semantics
 */
function isFinalForArgo(status: unknown): boolean {
  const { conditions, operationState } = fieldsOf(status);
  const errors = listOf(conditions).filter(({ type }) => textOf(type).endsWith("Error"));
  if (errors.length === 0) return ["Failed", "Error"].includes(textOf(fieldsOf(operationState)["phase"]));
  return errors.some(({ type, message }) => type === "SyncError" || isIncomparable(textOf(message)));
}

/** Of the ways in which a comparison fails, the one that is the manifest's own fault; a dry run asks the cluster. */
const isIncomparable = (message: string): boolean =>
  message.startsWith("Failed to compare desired state to live state") && !/dry-?run/i.test(message);
