import type { JsonObject, Manifest } from "../model/manifest.ts";
import { objectMeta } from "./object-meta.ts";
import { sortedByText } from "./stable-order.ts";

/** A Kubernetes quantity: `12`, `"500m"`, `"48Gi"`. */
export type QuantityValue = string | number;

/** What may be used at most in one namespace, by resource name: every key that Kubernetes' ResourceQuota takes. */
export type QuotaHard = { readonly [resource: string]: QuantityValue };

export type QuotaScope =
  | "Terminating"
  | "NotTerminating"
  | "BestEffort"
  | "NotBestEffort"
  | "PriorityClass"
  | "CrossNamespacePodAffinity"
  | "VolumeAttributesClass";

/** One of several ResourceQuotas. */
export interface QuotaProps<N extends string = string> {
  readonly hard: QuotaHard;
  /** @default all of the cloud's */
  readonly namespaces?: readonly N[];
  /** Which objects count. @default all */
  readonly scopes?: readonly QuotaScope[];
  /** Which objects count, by scope and value. @default all */
  readonly scopeSelector?: {
    readonly matchExpressions: readonly {
      readonly scopeName: QuotaScope;
      readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
      /** For `In` and `NotIn`. @default none */
      readonly values?: readonly string[];
    }[];
  };
}

/** A quota with its name filled in; `undefined` where the cloud has but one, without a name. */
export interface Quota extends QuotaProps {
  readonly name: string | undefined;
}

/** Whether the user gave one unnamed quota, or several by name. */
export function quotasOf(quota: QuotaHard | { readonly [name: string]: QuotaProps } | undefined): readonly Quota[] {
  if (quota === undefined) return [];
  if (isNamed(quota)) {
    return Object.keys(quota)
      .sort()
      .map((name) => ({ hard: {}, ...quota[name], name }));
  }
  return [{ name: undefined, hard: quota }];
}

function isNamed(
  quota: QuotaHard | { readonly [name: string]: QuotaProps },
): quota is { readonly [name: string]: QuotaProps } {
  return Object.values(quota).some((value) => typeof value === "object" && value !== null && "hard" in value);
}

/** The quotas that hold in one namespace of the cloud. */
export const quotasIn = (quotas: readonly Quota[], namespace: string): readonly Quota[] =>
  quotas.filter(({ namespaces }) => namespaces?.includes(namespace) ?? true);

/** Whether a quota counts every pod, so that pods must name what it limits. */
export const isUnscoped = ({ scopes, scopeSelector }: QuotaProps): boolean =>
  (scopes ?? []).length === 0 && (scopeSelector?.matchExpressions ?? []).length === 0;

export function quotaManifest(cloud: string, namespace: string, quota: Quota): Manifest {
  const { scopes, scopeSelector } = quota;
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: objectMeta(cloud, quota.name === undefined ? "lc-quota" : `lc-quota-${quota.name}`, namespace),
    spec: {
      hard: quantityTexts(quota.hard),
      ...(scopes === undefined ? {} : { scopes: [...scopes].sort() }),
      ...(scopeSelector === undefined ? {} : { scopeSelector: sortedSelector(scopeSelector) }),
    },
  };
}

/** As the API server would write them; what cdk8s resolves later (a `Lazy`) stays as it is. */
export const quantityTexts = (quantities: QuotaHard): JsonObject =>
  Object.fromEntries(
    Object.entries(quantities).map(([resource, quantity]) => [
      resource,
      typeof quantity === "number" ? String(quantity) : quantity,
    ]),
  );

const sortedSelector = ({ matchExpressions }: NonNullable<QuotaProps["scopeSelector"]>): JsonObject => ({
  matchExpressions: sortedByText(
    matchExpressions.map((expression) =>
      expression.values === undefined ? { ...expression } : { ...expression, values: [...expression.values].sort() },
    ),
  ),
});
