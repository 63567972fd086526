import { labelSelector, networkPolicySpec } from "../definition/network-policy.ts";
import { type Fields, flag, must, type Shape, text, texts } from "../definition/shape.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { formFaults } from "./form-faults.ts";

/** What a later check looks at as a whole. */
const any = { any: true } as const;

const amounts = { values: any } as const;

const RESOURCE_QUOTA: Fields = {
  hard: amounts,
  scopes: texts,
  scopeSelector: {
    fields: [
      { matchExpressions: { list: { fields: [{ scopeName: must(text), operator: must(text), values: texts }] } } },
    ],
  },
};

const LIMIT: Fields = {
  type: must(text),
  default: amounts,
  defaultRequest: amounts,
  max: amounts,
  min: amounts,
  maxLimitRequestRatio: amounts,
};

const RULES: Shape = {
  list: {
    fields: [{ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts, nonResourceURLs: texts }],
  },
};

const BINDING: Fields = {
  roleRef: { fields: [{ apiGroup: text, kind: text, name: text }] },
  subjects: { list: { fields: [{ kind: text, apiGroup: text, name: text, namespace: text }] } },
};

const REFERENCE: Fields = {
  ...{ name: must(text), kind: text, namespace: text, uid: text, apiVersion: text, resourceVersion: text },
  fieldPath: text,
};

const spec = (fields: Fields): Fields => ({ spec: { fields: [fields] } });

/** Fields of the kinds that clouds render, beside what every object has; what they hold is checked elsewhere. */
const KINDS: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  ["/Namespace", { ...spec({ finalizers: texts }), status: any }],
  ["/ResourceQuota", { ...spec(RESOURCE_QUOTA), status: any }],
  ["/LimitRange", spec({ limits: { list: { fields: [LIMIT] } } })],
  ["/ConfigMap", { immutable: flag, data: amounts, binaryData: amounts }],
  [
    "/ServiceAccount",
    {
      automountServiceAccountToken: flag,
      secrets: { list: { fields: [REFERENCE] } },
      imagePullSecrets: { list: { fields: [{ name: text }] } },
    },
  ],
  // the API server takes a policy without podSelector for one of all pods
  ["networking.k8s.io/NetworkPolicy", spec({ ...networkPolicySpec, podSelector: labelSelector })],
  ["rbac.authorization.k8s.io/Role", { rules: RULES }],
  [
    "rbac.authorization.k8s.io/ClusterRole",
    { rules: RULES, aggregationRule: { fields: [{ clusterRoleSelectors: { list: labelSelector } }] } },
  ],
  ["rbac.authorization.k8s.io/RoleBinding", BINDING],
  ["rbac.authorization.k8s.io/ClusterRoleBinding", BINDING],
]);

/** Of each kind, all fields of its objects. */
const OBJECTS: ReadonlyMap<string, Shape> = new Map(
  [...KINDS].map(([kind, fields]) => [
    kind,
    { fields: [{ apiVersion: versionOf(kind), kind: any, metadata: any, ...fields }] },
  ]),
);

/** Of these kinds every cluster has but one version. */
function versionOf(kind: string): Shape {
  const [group = ""] = kind.split("/");
  return { text: [group === "" ? "v1" : `${group}/v1`] };
}

/**
 * Whether an object has fields, and forms of them, that its kind does not have: an API server refuses those.
 *
 * @returns What is wrong; nothing of kinds that clouds do not render.
 */
export function checkFields(manifest: Manifest): readonly string[] {
  const shape = OBJECTS.get(`${groupOf(manifest.apiVersion)}/${manifest.kind}`);
  return shape === undefined ? [] : formFaults(manifest, shape, "");
}
