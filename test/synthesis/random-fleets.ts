import type { KeyObject } from "node:crypto";
import fc from "fast-check";
import { type ClusterProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { CLUSTERS, enroll, newApp, newKey, readFiles } from "./fleets.ts";
import { clusterMesh, mesh } from "./random-meshes.ts";

/** A fleet and its clouds as plain data. */
export interface RandomFleet {
  readonly clusters: Readonly<Record<string, ClusterProps>>;
  readonly clouds: Readonly<Record<string, LogicalCloudProps>>;
}

const RULES = [
  { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["apps", "batch"], resources: ["*"], verbs: ["*"] },
  { apiGroups: [""], resources: ["secrets"], resourceNames: ["b", "a"], verbs: ["get"] },
];

/** Those that can rewrite names. */
const provider = fc.constantFrom("corefile" as const, "coredns-custom" as const, "eks-addon" as const);

const cluster = fc
  .tuple(
    fc.constantFrom(...Object.values(CLUSTERS)),
    fc.constantFrom("none", "169.254.20.10"),
    provider,
    fc.boolean(),
    clusterMesh,
  )
  .map(
    ([props, nodeLocalAddress, provider, guard, mesh]): ClusterProps => ({
      ...props,
      mesh,
      dns: { nodeLocalAddress, provider, guard, nodeLocalCache: nodeLocalAddress !== "none" },
    }),
  );

const clusters = fc.dictionary(fc.constantFrom("c1", "c2", "c3", "c4"), cluster, { minKeys: 1 });

const permission = fc.oneof(
  fc.constantFrom("view", "edit", "admin").map((clusterRole) => ({ clusterRole })),
  fc.subarray(RULES, { minLength: 1 }).map((rules) => ({ rules })),
);

const network = fc.constantFrom<NonNullable<LogicalCloudProps["network"]>[]>(
  "isolated",
  "open",
  { ingressFrom: ["ingress", { namespace: "mon", podLabels: { b: "1", a: "2" }, ports: [80, 443] }], apiServer: false },
  { egressTo: [{ cidr: "10.0.0.0/8", except: ["10.2.0.0/16", "10.1.0.0/16"] }, "db", { cidr: "192.168.0.0/16" }] },
  { policies: { deny: { podSelector: {}, policyTypes: ["Ingress"] }, more: { podSelector: {} } } },
);

const quota = fc.constantFrom<LogicalCloudProps["quota"][]>(
  undefined,
  { "requests.cpu": 4, "limits.memory": "8Gi", pods: 20 },
  {
    day: { hard: { pods: 3, cpu: 1 }, scopes: ["NotTerminating", "NotBestEffort"] },
    all: { hard: { "count/jobs.batch": 3 } },
  },
);

/** Of a cloud whose first namespace is named as it is. */
const dns = (name: string) =>
  fc.constantFrom<LogicalCloudProps["dns"][]>(
    undefined,
    {},
    { zone: `${name}.Corp.`, services: ["web", `api.${name}`] },
    { mode: "native", services: ["web"] },
    { zone: `our-${name}`, mode: "forward", to: ["192.0.2.2:53", "192.0.2.1", "[2001:db8::1]:5353"] },
  );

const cloud = (name: string, known: readonly string[]): fc.Arbitrary<LogicalCloudProps> => {
  const own = [name, `${name}-a`, `${name}-b`] as const;
  return fc
    .record({
      on: fc.oneof(fc.constant("all" as const), fc.subarray([...known], { minLength: 1 })),
      extra: fc.subarray(own.slice(1)),
      sets: fc.dictionary(fc.constantFrom("dev", "ops", "look"), permission),
      restricted: fc.boolean(),
      people: fc.subarray(["ana", "ben", "cy"]),
      accounts: fc.subarray(["ci", "cd"]),
      network,
      quota,
      dns: dns(name),
      mesh: mesh(name),
      podSecurity: fc.constantFrom<NonNullable<LogicalCloudProps["podSecurity"]>[]>("baseline", { warn: "restricted" }),
    })
    .map(({ on, extra, sets, restricted, people, accounts, network, quota, dns, mesh, podSecurity }) => {
      const names = Object.keys(sets);
      const members = names.length === 0 ? [] : people;
      const scoped = restricted ? { namespaces: [...extra.slice(1), name] } : {};
      const somewhere = (on === "all" ? known : on).slice(0, 1);
      const home = extra[0] ?? name;
      return {
        clusters: on,
        namespaces: [name, ...extra.map((each) => (restricted ? { name: each, clusters: somewhere } : each))],
        permissions: Object.fromEntries(Object.entries(sets).map(([set, given]) => [set, { ...given, ...scoped }])),
        users: Object.fromEntries(members.map((user, index) => [user, names.slice(index % names.length)])),
        groups: names.length === 0 ? {} : { [`${name}-everybody`]: names },
        serviceAccounts: Object.fromEntries(
          (names.length === 0 ? [] : accounts).map((account) => [account, { permissions: names, namespace: home }]),
        ),
        network,
        podSecurity,
        ...(quota === undefined ? {} : { quota }),
        ...(dns === undefined ? {} : { dns }),
        ...(mesh === undefined ? {} : { mesh }),
      };
    });
};

/** Fleets and clouds without faults. */
export const randomFleet: fc.Arbitrary<RandomFleet> = clusters.chain((known) =>
  fc
    .subarray(["alpha", "beta", "gamma", "alpha-beta"], { minLength: 1 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, cloud(name, Object.keys(known))]))))
    .map((clouds) => ({ clusters: known, clouds })),
);

/** The same, with everything in another order that has none. */
export function reordered<T>(value: T, shuffle: <U>(list: readonly U[]) => U[], path: readonly string[] = []): T {
  if (Array.isArray(value)) {
    const items = value.map((item) => reordered(item, shuffle, path));
    // the first namespace of a cloud is its users' first, and the arguments of a command are in their order
    const hasOrder = (path.at(-1) === "namespaces" && path.length === 3) || path.at(-1) === "args";
    return (hasOrder ? items : shuffle(items)) as T;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, reordered(child, shuffle, [...path, key])]);
  return Object.fromEntries(shuffle(entries)) as T;
}

const keys = new Map<string, KeyObject>();

/** Synthesize into a folder of its own. @returns The folder, and the groups of users' keys by `cloud/user`. */
export function synthesize(
  { clusters, clouds }: RandomFleet,
  change: (clouds: readonly LogicalCloud[]) => void = () => {},
) {
  const { app, outdir, identities } = newApp(clusters);
  const made = Object.entries(clouds).map(([name, props]) => {
    for (const user of Object.keys(props.users ?? {})) {
      const key = keys.get(`${name}/${user}`) ?? newKey();
      keys.set(`${name}/${user}`, key);
      enroll(identities, name, user, key);
    }
    return new LogicalCloud(app, name, props);
  });
  change(made);
  app.synth();
  return { outdir, files: readFiles(outdir) };
}
