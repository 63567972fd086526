import type { LiveManifest, Manifest } from "./manifest.ts";
import { parseQuantity } from "./quantity.ts";
import { type Fields, isFields } from "./same-value.ts";

/**
 * An object with what an API server would write for the same meaning, so that a manifest and its stored object can be
 * compared: quantities as numbers, and the defaults that it puts inside a list or map that has one owner.
 *
 * Known are ResourceQuota, LimitRange, NetworkPolicy, RoleBinding, ClusterRoleBinding, configurations of webhooks, and
 * `resources` of containers and claims. Namespace, ServiceAccount, ConfigMap, Role and ClusterRole are stored as they were
 * written.
 *
 * @see https://github.com/kubernetes/kubernetes/tree/master/pkg/apis (`SetDefaults_…`)
 */
export function normalForm(manifest: Manifest): Fields {
  const normalized = NORMAL_FORMS.get(manifest.kind)?.(manifest) ?? manifest;
  return withContainerQuantities(normalized) as Fields;
}

/** A stored Secret with the `stringData` that would have made it: that can be written, but is read back as `data` only. */
export function withStringData(live: LiveManifest): LiveManifest {
  const { kind, data } = live;
  if (kind !== "Secret" || !isFields(data)) return live;
  const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), "base64").toString()]);
  return { ...live, stringData: Object.fromEntries(texts) };
}

type Rewrite = (value: Fields) => Fields;

const quantities: Rewrite = (amounts) =>
  Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, quantity(amount)]));

/** 15 digits: what a decimal fraction and its thousandfold with suffix `m` have in common as floating point numbers. */
function quantity(amount: unknown): unknown {
  const value = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
  return value === undefined ? amount : Number(value.toPrecision(15));
}

const networkPolicySpec: Rewrite = (spec) =>
  rewriteEach(rewriteEach(spec, "ingress", networkRule), "egress", networkRule);

const networkRule: Rewrite = (rule) => rewriteEach(rule, "ports", (port) => ({ protocol: "TCP", ...port }));

const webhookConfiguration: Rewrite = (object) =>
  rewriteEach(object, "webhooks", (webhook) => rewriteEach(webhook, "rules", (rule) => ({ scope: "*", ...rule })));

const RBAC_GROUP = "rbac.authorization.k8s.io";

function subject({ apiGroup, ...content }: Fields): Fields {
  if (content["kind"] === "ServiceAccount") return apiGroup ? { ...content, apiGroup } : content;
  return { ...content, apiGroup: apiGroup || RBAC_GROUP };
}

const binding: Rewrite = (object) =>
  rewrite(rewriteEach(object, "subjects", subject), "roleRef", (roleRef) => ({
    ...roleRef,
    apiGroup: roleRef["apiGroup"] || RBAC_GROUP,
  }));

/** A container's default limit is the maximum, its default request the limit or the minimum, where nothing is said. */
function limitRangeItem({ type, ...given }: Fields): Fields {
  const amounts = Object.fromEntries(
    Object.entries(given).map(([field, value]) => [field, isFields(value) ? quantities(value) : value]),
  );
  if (type !== "Container") return { type, ...amounts };
  const part = (field: string): Fields => (isFields(amounts[field]) ? amounts[field] : {});
  const limit = { ...part("max"), ...part("default") };
  return { type, ...amounts, default: limit, defaultRequest: { ...part("min"), ...limit, ...part("defaultRequest") } };
}

const NORMAL_FORMS: ReadonlyMap<string, Rewrite> = new Map<string, Rewrite>([
  ["ResourceQuota", (object) => rewrite(object, "spec", (spec) => rewrite(spec, "hard", quantities))],
  ["LimitRange", (object) => rewrite(object, "spec", (spec) => rewriteEach(spec, "limits", limitRangeItem))],
  ["NetworkPolicy", (object) => rewrite(object, "spec", networkPolicySpec)],
  ["MutatingWebhookConfiguration", webhookConfiguration],
  ["ValidatingWebhookConfiguration", webhookConfiguration],
  ["RoleBinding", binding],
  ["ClusterRoleBinding", binding],
]);

function withContainerQuantities(value: unknown, field = ""): unknown {
  if (Array.isArray(value)) return value.map((element) => withContainerQuantities(element));
  if (!isFields(value)) return value;
  if (field === "resources") return rewrite(rewrite(value, "limits", quantities), "requests", quantities);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withContainerQuantities(child, key)]));
}

function rewrite(object: Fields, field: string, change: Rewrite): Fields {
  const value = object[field];
  return isFields(value) ? { ...object, [field]: change(value) } : object;
}

function rewriteEach(object: Fields, field: string, change: Rewrite): Fields {
  const value: unknown = object[field];
  if (!Array.isArray(value)) return object;
  return { ...object, [field]: value.map((element: unknown) => (isFields(element) ? change(element) : element)) };
}
