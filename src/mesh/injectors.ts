import type { LiveManifest } from "../model/manifest.ts";
import { REVISION_LABEL } from "./names.ts";

/** What is used of a MutatingWebhookConfiguration. */
interface Webhook {
  readonly namespaceSelector?: LabelSelector;
  readonly rules?: readonly { readonly resources?: readonly string[] }[];
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly Requirement[];
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/**
 * Whether a webhook gives the pods of a namespace proxies of the control plane that the namespace chooses by its revision,
 * or by a tag that stands for one. Others may take all pods of all namespaces, and are none of Istio's.
 *
 * @param configurations - All MutatingWebhookConfigurations of the cluster.
 * @param labels - Of the namespace, as it is.
 */
export const isInjected = (configurations: readonly LiveManifest[], labels: Labels): boolean =>
  configurations
    .flatMap(({ webhooks }) => (Array.isArray(webhooks) ? (webhooks as readonly Webhook[]) : []))
    .some(
      ({ namespaceSelector = {}, rules = [] }) =>
        rules.some(({ resources = [] }) => resources.includes("pods")) &&
        asksRevision(namespaceSelector) &&
        isSelected(namespaceSelector, labels),
    );

const asksRevision = (selector: LabelSelector): boolean =>
  requirementsOf(selector).some(({ key, operator }) => key === REVISION_LABEL && operator === "In");

const isSelected = (selector: LabelSelector, labels: Labels): boolean =>
  requirementsOf(selector).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      default:
        return value === undefined;
    }
  });

const requirementsOf = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly Requirement[] => [
  ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: "In", values: [value] })),
  ...matchExpressions,
];
