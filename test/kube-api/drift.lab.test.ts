import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

let lab: Lab<"eu">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const RBAC = "rbac.authorization.k8s.io";
const labels = { "app.kubernetes.io/managed-by": "lcloud", empty: "" };
const inShop = (apiVersion: string, kind: string, name: string, content: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop", labels },
  ...content,
});
const onCluster = (apiVersion: string, kind: string, name: string, content: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, labels },
  ...content,
});
const rules = [
  { apiGroups: ["", "apps"], resources: ["pods", "deployments"], verbs: ["get", "list"], resourceNames: [] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["a"] },
];
const subjects = [
  { kind: "Group", name: "lc:k:0", apiGroup: RBAC },
  { kind: "User", name: "sso:ada" },
  { kind: "ServiceAccount", name: "s", namespace: "shop", apiGroup: "" },
];

/** One for each kind that is rendered, with what the API server stores otherwise than it is written. */
const manifests: readonly Manifest[] = [
  onCluster("v1", "Namespace", "shop-web", {}),
  inShop("v1", "ResourceQuota", "quota", {
    spec: {
      hard: {
        cpu: "1000m",
        memory: "1024Mi",
        pods: "1e1",
        "requests.storage": "0.5Gi",
        "limits.cpu": "0.70",
        "count/x": "0",
      },
    },
  }),
  inShop("v1", "ResourceQuota", "scoped", {
    spec: {
      hard: { pods: "5" },
      scopes: ["NotTerminating"],
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["a"] }] },
    },
  }),
  inShop("v1", "ResourceQuota", "bare", { spec: { hard: {}, scopes: [], scopeSelector: { matchExpressions: [] } } }),
  inShop("v1", "LimitRange", "limits", {
    spec: {
      limits: [
        {
          type: "Container",
          max: { cpu: "2000m" },
          min: { memory: "1024Ki", "ephemeral-storage": "1Gi" },
          default: { memory: "0.5Gi" },
          maxLimitRequestRatio: { cpu: "4000m" },
        },
        { type: "Pod", max: { cpu: "4000m" }, min: {} },
        { type: "PersistentVolumeClaim", max: { storage: "1024Gi" } },
      ],
    },
  }),
  inShop("networking.k8s.io/v1", "NetworkPolicy", "isolated", {
    spec: {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { a: "" } }, podSelector: {} }] }, {}],
      egress: [
        {
          to: [{ ipBlock: { cidr: "10.0.0.0/8", except: [] } }, { namespaceSelector: { matchExpressions: [] } }],
          ports: [{ port: 53, protocol: "UDP" }, { port: 53 }, { port: "dns" }, { port: 8000, endPort: 8010 }],
        },
      ],
    },
  }),
  inShop("networking.k8s.io/v1", "NetworkPolicy", "closed", {
    spec: { podSelector: { matchLabels: {} }, ingress: [], egress: [{ to: [], ports: [] }] },
  }),
  inShop(`${RBAC}/v1`, "Role", "lc:shop:dev", { rules }),
  inShop(`${RBAC}/v1`, "Role", "lc:shop:nothing", { rules: [] }),
  inShop(`${RBAC}/v1`, "RoleBinding", "lc:shop:dev", { roleRef: { kind: "Role", name: "lc:shop:dev" }, subjects }),
  inShop(`${RBAC}/v1`, "RoleBinding", "lc:shop:none", { roleRef: { kind: "ClusterRole", name: "view" }, subjects: [] }),
  onCluster(`${RBAC}/v1`, "ClusterRole", "lc:shop:nodes", {
    rules: [...rules, { nonResourceURLs: ["/x"], verbs: ["get"] }],
  }),
  onCluster(`${RBAC}/v1`, "ClusterRole", "lc:shop:aggregated", {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
  }),
  onCluster(`${RBAC}/v1`, "ClusterRoleBinding", "lc:shop:nodes", {
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "lc:shop:nodes" },
    subjects,
  }),
  inShop("v1", "ServiceAccount", "ada", { automountServiceAccountToken: false }),
  inShop("v1", "ConfigMap", "config", { data: { a: "1", empty: "" }, binaryData: { b: "AAA=" }, immutable: false }),
  inShop("v1", "ConfigMap", "marker", { data: {} }),
  inShop("v1", "Secret", "secret", { stringData: { password: "hunter2" }, data: { a: "MQ==" } }),
  // what users add
  inShop("apps/v1", "Deployment", "web", {
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "web",
              image: "web",
              ports: [{ containerPort: 80 }],
              env: [
                { name: "B", value: "" },
                { name: "A", value: "1" },
              ],
              resources: { limits: { cpu: "1000m" }, requests: { memory: "1024Mi" } },
              readinessProbe: { httpGet: { path: "/", port: 80 } },
            },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
        },
      },
    },
  }),
  inShop("v1", "Service", "web", {
    spec: {
      selector: { app: "web" },
      ports: [
        { name: "http", port: 80 },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    },
  }),
];

describe.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
  "%s",
  (_, manifest) => {
    test("has no drift once it is applied, and applying it again changes nothing", async () => {
      await expectApplied(manifest);
    });

    test("has no drift after somebody else added a label, and has after a label was taken", async () => {
      const live = await expectApplied(manifest);
      const { empty: _gone, ...others } = labels;
      await edit(live, ({ metadata }) => ({ metadata: { ...metadata, labels: { ...metadata.labels, theirs: "x" } } }));
      const labelled = await expectApplied(manifest);
      expect(labelled.metadata.labels).toHaveProperty("theirs", "x");
      const taken = await edit(labelled, ({ metadata }) => ({ metadata: { ...metadata, labels: others } }));
      expect(driftOf(manifest, taken)).toEqual(["metadata.labels.empty"]);
      await expectApplied(manifest);
    });

    test("has drift as soon as the manifest has a label more or less", async () => {
      const live = await expectApplied(manifest);
      const relabelled = (changed: Record<string, string>): Manifest => ({
        ...manifest,
        metadata: { ...manifest.metadata, labels: changed },
      });
      expect(driftOf(relabelled({ ...labels, "a.b/c": "d" }), live)).toEqual(["metadata.labels.a.b/c"]);
      expect(driftOf(relabelled({ empty: "" }), live)).toEqual(["metadata.labels.app.kubernetes.io/managed-by"]);
    });
  },
);

test("a name that is taken out of a role is drift until it is applied", async () => {
  const role = (resourceNames?: readonly string[]): Manifest =>
    inShop(`${RBAC}/v1`, "Role", "narrowed", {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], ...(resourceNames && { resourceNames }) }],
    });
  const wide = await expectApplied(role());
  expect(driftOf(role(["a"]), wide)).toEqual(["rules"]);
  const narrow = await expectApplied(role(["a"]));
  expect(driftOf(role(), narrow)).toEqual(["rules"]);
});

test("a quota that somebody raised is drift, and forced back", async () => {
  const quota = inShop("v1", "ResourceQuota", "raised", { spec: { hard: { pods: "5" } } });
  const live = await expectApplied(quota);
  const raised = await edit(live, () => ({ spec: { hard: { pods: "500" } } }));
  expect(driftOf(quota, raised)).toEqual(["spec.hard.pods"]);
  await api.apply(quota, { force: true });
  await expectApplied(quota);
});

async function expectApplied(manifest: Manifest) {
  const live = await api.apply(manifest);
  expect(driftOf(manifest, live)).toEqual([]);
  const again = await api.apply(manifest);
  expect(ownFields(again)).toEqual(ownFields(live));
  return again;
}

const ownFields = ({ metadata }: LiveManifest) =>
  metadata.managedFields?.find(({ manager, operation }) => manager === "logical-clouds" && operation === "Apply")
    ?.fieldsV1;

/** Changes an object as kubectl edit does: again, if a controller was quicker. */
function edit(object: LiveManifest, change: (live: LiveManifest) => object): Promise<LiveManifest> {
  return waitFor("the edit", async () => {
    const live = (await api.get(refOf(object))) ?? object;
    return await api.replace({ ...live, ...change(live) }).catch((error: unknown) => {
      if (error instanceof CloudError && error.code === "CONFLICT") return undefined;
      throw error;
    });
  });
}
