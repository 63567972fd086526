import { expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { ArgoDelivery, FluxDelivery } from "../../src/model/delivery.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { PolicyRule } from "../../src/model/policy-rule.ts";
import type { GrantOptions } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { approveRules, collectRules, requestRules } from "../../src/post-sync/roles.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeRequest, fakeCluster } from "../fakes/fake-cluster.ts";
import { accountOf, makeScene, requestOf, x509 } from "./scene.ts";

const oidc: ClusterIdentity = {
  kind: "oidc",
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "login",
    args: [],
    env: [],
    interactiveMode: "Never",
  },
};
const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 3600 };

const DELIVERY: FluxDelivery = {
  kind: "git",
  repository: "https://git.example.com/fleet",
  pullUrl: "https://git.example.com/fleet",
  branch: "main",
  path: "clusters",
  engine: { kind: "flux", namespace: "flux-system", unit: "cloud" },
};

/** What RBAC is asked about a call; nothing where everybody may. */
function askedFor({ verb, ref, subresource }: FakeRequest): readonly string[] {
  if (ref.kind === "SelfSubjectReview") return [];
  if (ref.kind === "ConfigMap") return [`${verb} configmaps`];
  if (subresource === "token") return ["create serviceaccounts/token"];
  const verbs = { get: "get", list: "list", create: "create", delete: "delete", replace: "update", apply: "patch" };
  const resource = "certificatesigningrequests";
  return subresource === "approval"
    ? [`update ${resource}/approval`, "approve signers"]
    : [`${verbs[verb]} ${resource}`];
}

const allowedBy = (manifests: readonly Manifest[]): readonly string[] =>
  manifests
    .flatMap((manifest) => (manifest["rules"] ?? []) as readonly PolicyRule[])
    .flatMap(({ verbs, resources }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));

async function callsOf(halves: readonly GrantOptions["half"][], identity: ClusterIdentity) {
  const scene = await makeScene();
  const cluster = scene.render("east", { identity });
  const fake = fakeCluster("east");
  const admin = fake.behind("admin");
  for (const manifest of accountOf("shop/ada")) await admin.apply(manifest);
  const asked = new Map<string, readonly string[]>();
  const run = async (half: GrantOptions["half"], api: KubeApi = fake) => {
    await grantAccess(api, cluster, { stateDir: scene.stateDir, half, timeoutMs: 0 });
  };
  // A name that is taken is what the rarest calls are for.
  if (identity.kind === "x509") await fake.behind("mallory").create(requestOf(cluster));
  for (const half of halves) {
    fake.requests.length = 0;
    await run(half);
    asked.set(half, [...(asked.get(half) ?? []), ...fake.requests.flatMap(askedFor)]);
  }
  return { cluster, askedBy: (half: GrantOptions["half"]) => new Set(asked.get(half)) };
}

const rules = (cluster: RenderedCluster, ...of: readonly ((cluster: RenderedCluster) => readonly Manifest[])[]) =>
  new Set(allowedBy(of.flatMap((rulesOf) => rulesOf(cluster))));

test("each half may do what it does, and nothing else", async () => {
  const { cluster, askedBy } = await callsOf(["collect", "approve", "collect"], x509);
  expect(askedBy("collect")).toEqual(rules(cluster, requestRules, collectRules));
  expect(askedBy("approve")).toEqual(rules(cluster, approveRules));
});

test("both halves together need all roles", async () => {
  const { cluster, askedBy } = await callsOf(["both"], x509);
  expect(askedBy("both")).toEqual(rules(cluster, requestRules, approveRules, collectRules));
});

test("tokens need one verb on the very ServiceAccounts, and to know the cluster", async () => {
  const { cluster, askedBy } = await callsOf(["both"], tokens);
  expect(askedBy("both")).toEqual(rules(cluster, requestRules, approveRules, collectRules));
  expect(collectRules(cluster)).toMatchObject([
    { kind: "Role", metadata: { namespace: "lcloud-users" }, rules: [{ resourceNames: ["shop.ada"] }] },
    {
      kind: "Role",
      metadata: { namespace: "lcloud-system" },
      rules: [{ resourceNames: ["lc-cluster", "lcloud-cluster"] }],
    },
  ]);
});

test("where users log in elsewhere it takes nothing but to know the cluster", async () => {
  const { cluster, askedBy } = await callsOf(["both"], oidc);
  expect(askedBy("both")).toEqual(new Set(["get configmaps"]));
  expect(askedBy("both")).toEqual(rules(cluster, requestRules, approveRules, collectRules));
});

test("only the signers of the requests may be approved for", async () => {
  const { cluster } = await callsOf([], x509);
  expect(approveRules(cluster)).toMatchObject([
    { rules: [{}, {}, { resources: ["signers"], resourceNames: ["kubernetes.io/kube-apiserver-client"] }] },
    { kind: "Role" },
  ]);
});

test.each([
  ["request and collect", x509, ["lcloud-system"]],
  ["approve", x509, ["lcloud-system"]],
  ["request and collect", tokens, ["lcloud-system", "lcloud-users"]],
] as const)(
  "whoever is to %s, %j, gets roles that can be applied before any delivery",
  async (job, identity, names) => {
    const scene = await makeScene();
    const namespaces = [...names, "shop"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    const cluster = { ...scene.render("east", { identity }), units: [{ name: "lc-cluster", manifests: namespaces }] };
    const fake = fakeCluster("east").behind("admin");
    const roles = job === "approve" ? approveRules(cluster) : [...requestRules(cluster), ...collectRules(cluster)];
    for (const manifest of roles) await fake.apply(manifest);
    expect(roles.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name)).toEqual(names);
  },
);

test.each([["approves", approveRules] as const, ["collects", collectRules] as const])(
  "whoever %s may see what the agent of a cluster has applied, and whom bindings name",
  async (_, rulesOf) => {
    const scene = await makeScene();
    const { file, ...rendered } = scene.render("east", { identity: x509 });
    const cluster = { ...rendered, file: { ...file, delivery: DELIVERY } };
    const direct = allowedBy(rulesOf({ ...rendered, file }));
    const added = rulesOf(cluster).filter(({ metadata }) => metadata.name === "lcloud-wait");
    expect(added).toMatchObject([
      { kind: "ClusterRole", rules: [{ resources: ["clusterrolebindings", "rolebindings"], verbs: ["list"] }] },
      {
        kind: "Role",
        metadata: { namespace: "flux-system" },
        rules: [
          { resources: ["kustomizations"], verbs: ["list"] },
          { resources: ["kustomizations"], resourceNames: ["logical-clouds"], verbs: ["get"] },
          { resources: ["gitrepositories"], resourceNames: ["logical-clouds"], verbs: ["get"] },
        ],
      },
    ]);
    expect(allowedBy(rulesOf(cluster)).filter((right) => !direct.includes(right))).toEqual(allowedBy(added));
  },
);

test("where Argo CD pulls, whoever waits may read by name what dist/ has", async () => {
  const scene = await makeScene();
  const { file, ...rendered } = scene.render("east", { identity: x509 });
  const server = "https://kubernetes.default.svc";
  const delivery: ArgoDelivery = {
    ...DELIVERY,
    engine: { kind: "argocd", namespace: "argocd", unit: "cloud", server },
  };
  const manifests = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }];
  const units = [{ name: "lc-cloud-shop", cloud: "shop", manifests }];
  const [wait] = approveRules({ ...rendered, units, file: { ...file, delivery } }).filter(
    ({ metadata }) => metadata.name === "lcloud-wait",
  );
  expect(wait?.["rules"]).toContainEqual({
    apiGroups: [""],
    resources: ["namespaces"],
    resourceNames: ["shop"],
    verbs: ["get"],
  });
});

test("there are no roles where there is nobody to grant access to", async () => {
  const scene = await makeScene();
  for (const identity of [x509, tokens, oidc]) {
    const cluster = scene.render("east", { identity, users: [] });
    expect([requestRules, approveRules, collectRules].flatMap((rulesOf) => rulesOf(cluster))).toEqual([]);
  }
});
