import { get } from "./https-get.ts";
import type { KubeconfigEntry } from "./kubeconfig.ts";

interface ClusterRole {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  /** `null` until the controller filled it. */
  readonly rules?: readonly unknown[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly { matchLabels?: Record<string, string> }[] };
}

const EACH_NAMESPACE_HAS = ["serviceaccounts/default", "configmaps/kube-root-ca.crt"];

/** Whether the API server serves, its bootstrap roles included. */
export async function isServing(admin: KubeconfigEntry): Promise<boolean> {
  return (await get(admin, "/readyz"))?.status === 200;
}

/** Whether the controllers did what a new cluster waits for: `view`, `edit`, `admin`, and what every namespace has. */
export async function isSettled(admin: KubeconfigEntry): Promise<boolean> {
  const objects = EACH_NAMESPACE_HAS.map((name) => get(admin, `/api/v1/namespaces/default/${name}`));
  if ((await Promise.all(objects)).some((answer) => answer?.status !== 200)) return false;
  const roles = await get(admin, "/apis/rbac.authorization.k8s.io/v1/clusterroles");
  return roles?.status === 200 && isAggregated(JSON.parse(roles.body).items);
}

/** Whether every aggregated role holds the rules of its parts; they are filled one after the other, `admin` from `edit`. */
function isAggregated(roles: readonly ClusterRole[]): boolean {
  return roles.every(({ aggregationRule, rules }) => {
    const own = new Set(rules?.map((rule) => JSON.stringify(rule)));
    const selectors = aggregationRule?.clusterRoleSelectors ?? [];
    const parts = roles.filter((role) => selectors.some(({ matchLabels = {} }) => matches(role, matchLabels)));
    return parts.every((part) => (part.rules ?? []).every((rule) => own.has(JSON.stringify(rule))));
  });
}

const matches = ({ metadata }: ClusterRole, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
