import { type ClusterProps, defineFleet, FleetApp, LogicalCloud, type LogicalCloudProps } from "../../../src/index.ts";

/** A provider of software as a service: 20 cells in four regions, and 2,000 tenants of three sizes. */
export const CLUSTERS: readonly string[] = ["use1", "usw2", "euw1", "euc1"].flatMap((region) =>
  Array.from({ length: 5 }, (_, cell) => `${region}-cell-${cell + 1}`),
);

interface Tier {
  readonly tenants: number;
  readonly clusters: number;
  readonly namespaces: readonly string[];
  readonly users: number;
  readonly cpu: number;
}

const TIERS: readonly Tier[] = [
  { tenants: 50, clusters: 4, namespaces: ["app", "jobs", "data", "preview"], users: 20, cpu: 16 },
  { tenants: 250, clusters: 2, namespaces: ["app", "jobs"], users: 4, cpu: 4 },
  { tenants: 1700, clusters: 1, namespaces: ["app"], users: 1, cpu: 1 },
];

/** A tenant that is on several clusters. */
export const CHANGED = "t00001";

/**
 * Render the fleet.
 *
 * @param repository - Where it is delivered.
 * @param changedCpu - What {@link CHANGED} may use.
 */
export function renderSaas(outdir: string, repository: string, changedCpu: number): void {
  const clusters = Object.fromEntries(CLUSTERS.map((name) => [name, clusterOf(name)]));
  const fleet = defineFleet({ clusters, delivery: { git: { repository, engine: "flux" } } });
  const app = new FleetApp({ fleet, outdir, identities: `${outdir}/none` });
  let index = 0;
  for (const tier of TIERS) {
    for (let count = 0; count < tier.tenants; count++) {
      const name = `t${String(index).padStart(5, "0")}`;
      new LogicalCloud(app, name, tenantOf(name, index, name === CHANGED ? { ...tier, cpu: changedCpu } : tier));
      index++;
    }
  }
  app.synth();
}

const clusterOf = (name: string): ClusterProps => ({
  kubernetes: "1.33",
  labels: { region: name.slice(0, 4) },
  identity: "oidc",
  oidc: { username: "{user}", exec: { command: "kubelogin" } },
  dns: { nodeLocalAddress: "none" },
});

/** Neighbours lie on different clusters, as tenants that came one after another do. */
function tenantOf(name: string, index: number, tier: Tier): LogicalCloudProps {
  const roles = (["edit", "run", "view"] as const).slice(0, tier.users);
  const roleOf = (user: number) => roles[Math.min(Math.floor((user * 3) / tier.users), roles.length - 1)] ?? "edit";
  const users = Array.from({ length: tier.users }, (_, user) => [`${name}-u${user + 1}`, [roleOf(user)]] as const);
  return {
    clusters: Array.from({ length: tier.clusters }, (_, at) => CLUSTERS[(index + at * 7) % CLUSTERS.length] ?? ""),
    namespaces: tier.namespaces.map((namespace) => `${name}-${namespace}`),
    permissions: {
      ...Object.fromEntries(roles.map((role) => [role, PERMISSIONS[role]])),
      deploy: PERMISSIONS.edit,
      scale: PERMISSIONS.scale,
    },
    users: Object.fromEntries(users),
    serviceAccounts: { ci: ["deploy"], cd: ["deploy"], autoscaler: ["scale"], monitor: ["scale"] },
    quota: { "limits.memory": `${tier.cpu * 4}Gi`, "requests.cpu": tier.cpu, pods: tier.cpu * 50 },
  };
}

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];

const PERMISSIONS = {
  edit: { rules: [{ apiGroups: ["", "apps"], resources: ["deployments", "pods", "services"], verbs }] },
  run: { rules: [{ apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs }] },
  view: { clusterRole: "view" },
  scale: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "patch"] }] },
} as const;
