/**
 * What the editor must catch: `npm run check` compiles this file, and an error that is no longer one is an error.
 */
import {
  type ClusterProps,
  defineFleet,
  FleetApp,
  type FleetAppOf,
  LogicalCloud,
  type LogicalCloudProps,
} from "../../src/index.ts";

const fleet = defineFleet({
  clusters: {
    eu: { kubernetes: "1.33", labels: { env: "prod", region: "eu" }, identity: "x509" },
    us: { kubernetes: "1.33", labels: { env: "staging" }, identity: "x509" },
  },
});

type App = FleetAppOf<typeof fleet>;

export const right = (app: App) => {
  const cloud = new LogicalCloud(app, "right", {
    clusters: { matchLabels: { env: "prod" }, matchExpressions: [{ key: "region", operator: "In", values: ["eu"] }] },
    namespaces: ["web", { name: "api", clusters: ["eu"] }],
    permissions: { dev: { clusterRole: "edit", namespaces: ["web", "api"] }, look: { clusterRole: "view" } },
    users: { ana: ["dev"], ben: { permissions: ["look"], keyAlgorithm: "rsa-3072" } },
    groups: { ops: ["dev", "look"] },
    serviceAccounts: { ci: ["dev"], cd: { permissions: ["look"], namespace: "api" } },
    quota: { night: { hard: { pods: 3 }, namespaces: ["web"], scopes: ["NotTerminating"] } },
  });
  return cloud.on("eu");
};

export const wrongCluster = (app: App) => {
  // @ts-expect-error there is no cluster "asia"
  new LogicalCloud(app, "wrong", { clusters: ["asia"] });
  // @ts-expect-error nor can a namespace be there
  new LogicalCloud(app, "wrong", { namespaces: [{ name: "web", clusters: ["asia"] }] });
  // @ts-expect-error nor has a cloud a chart there
  new LogicalCloud(app, "wrong").on("asia");
};

export const wrongLabel = (app: App) => {
  // @ts-expect-error no cluster has a label "zone"
  new LogicalCloud(app, "wrong", { clusters: { matchLabels: { zone: "a" } } });
  // @ts-expect-error no cluster has that value
  new LogicalCloud(app, "wrong", { clusters: { matchLabels: { env: "production" } } });
  // @ts-expect-error no cluster has that value
  new LogicalCloud(app, "wrong", { clusters: { matchExpressions: [{ key: "env", operator: "In", values: ["dev"] }] } });
};

export const wrongPermission = (app: App) => {
  const permissions = { dev: { clusterRole: "edit" } } as const;
  // @ts-expect-error there is no set "admin"
  new LogicalCloud(app, "wrong", { permissions, users: { ana: ["admin"] } });
  // @ts-expect-error there is no set "admin"
  new LogicalCloud(app, "wrong", { permissions, users: { ana: { permissions: ["admin"] } } });
  // @ts-expect-error there is no set "admin"
  new LogicalCloud(app, "wrong", { permissions, groups: { ops: ["admin"] } });
  // @ts-expect-error a set has rules or a clusterRole
  new LogicalCloud(app, "wrong", { permissions: { dev: { clusterRole: "edit", rules: [] } } });
};

export const wrongNamespace = (app: App) => {
  const namespaces = ["web", "api"] as const;
  // @ts-expect-error the cloud has no namespace "db"
  new LogicalCloud(app, "wrong", { namespaces, permissions: { dev: { clusterRole: "edit", namespaces: ["db"] } } });
  // @ts-expect-error the cloud has no namespace "db"
  new LogicalCloud(app, "wrong", { namespaces, quota: { night: { hard: { pods: 1 }, namespaces: ["db"] } } });
  new LogicalCloud(app, "wrong", {
    namespaces,
    permissions: { dev: { clusterRole: "edit" } },
    // @ts-expect-error the cloud has no namespace "db"
    serviceAccounts: { ci: { permissions: ["dev"], namespace: "db" } },
  });
};

export const delivered = () => {
  const git = { repository: "https://git.example.com/fleet", engine: "flux" } as const;
  const x509 = { kubernetes: "1.33", identity: "x509" } as const;
  return defineFleet({
    delivery: { git },
    clusters: {
      eu: { ...x509, delivery: { git: { engine: "argocd", argocd: { namespace: "argo" } } } },
      us: { ...x509, delivery: "direct" },
      asia: { ...x509, delivery: { oci: { repository: "oci://registry.example.com/fleet" } } },
    },
  });
};

export const wrongDelivery = () => {
  const git = { repository: "https://git.example.com/fleet", engine: "flux" } as const;
  const x509 = { kubernetes: "1.33", identity: "x509" } as const;
  // @ts-expect-error a fleet says who pulls
  defineFleet({ delivery: { git: { repository: git.repository } }, clusters: {} });
  // @ts-expect-error there is no such engine
  defineFleet({ clusters: { eu: { ...x509, delivery: { git: { ...git, engine: "fleet" } } } } });
  // @ts-expect-error Argo CD has no source
  defineFleet({ clusters: { eu: { ...x509, delivery: { git: { ...git, argocd: { source: "fleet" } } } } } });
  // @ts-expect-error artifacts have no commits to verify
  defineFleet({ clusters: { eu: { ...x509, delivery: { oci: { flux: { verificationSecret: "keys" } } } } } });
  // @ts-expect-error artifacts have no branch
  defineFleet({ clusters: { eu: { ...x509, delivery: { oci: { branch: "main" } } } } });
};

export const wrongZone = (app: App) => {
  new LogicalCloud(app, "right", { dns: { zone: "our-shop", mode: "forward", to: { service: "dns", port: 5353 } } });
  // @ts-expect-error there is no such mode
  new LogicalCloud(app, "wrong", { dns: { mode: "template" } });
  // @ts-expect-error a Service has a name
  new LogicalCloud(app, "wrong", { dns: { mode: "forward", to: { namespace: "dns" } } });
  // @ts-expect-error nobody of that name configures DNS
  defineFleet({ clusters: { eu: { kubernetes: "1.33", identity: "x509", dns: { provider: "bind" } } } });
};

export const wrongMesh = (app: App) => {
  new LogicalCloud(app, "right", { mesh: { mode: "dedicated", version: { eu: "1.30.4" }, exports: ["web"] } });
  new LogicalCloud(app, "right", { mesh: { mode: "shared", revision: "stable" } });
  // @ts-expect-error there is no such mode
  new LogicalCloud(app, "wrong", { mesh: { mode: "ambient" } });
  // @ts-expect-error there is no cluster "asia"
  new LogicalCloud(app, "wrong", { mesh: { mode: "dedicated", version: { asia: "1.30.4" } } });
  // @ts-expect-error whom a shared mesh trusts is its owner's to say
  new LogicalCloud(app, "wrong", { mesh: { mode: "shared", revision: "stable", trust: {} } });
  // @ts-expect-error nor what it exports
  new LogicalCloud(app, "wrong", { mesh: { mode: "shared", revision: "stable", exports: [] } });
  // @ts-expect-error a shared mesh has a revision
  new LogicalCloud(app, "wrong", { mesh: { mode: "shared" } });
  // @ts-expect-error nobody of that name installs it
  defineFleet({ mesh: { installer: "istioctl" }, clusters: {} });
};

/** A generated fleet has names that only synth can check. */
export const generated = (clusters: Readonly<Record<string, ClusterProps>>, props: LogicalCloudProps) => {
  const app = new FleetApp({ fleet: defineFleet({ clusters }) });
  const matchExpressions = [{ key: "env", operator: "In", values: ["any"] }] as const;
  new LogicalCloud(app, "any", { clusters: { matchLabels: { env: "any", other: "any" }, matchExpressions } });
  return new LogicalCloud(app, "other", props).on("any");
};
