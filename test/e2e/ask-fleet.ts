import type { ClusterName } from "./example-fleet.ts";
import type { PullingFleet } from "./pulling-fleet.ts";
import type { Outcome } from "./run.ts";

/** What processors a namespace may request. */
export async function cpuOf(fleet: PullingFleet, cluster: ClusterName, namespace: string): Promise<string | undefined> {
  const quota = await fleet.read(cluster, { apiVersion: "v1", kind: "ResourceQuota", namespace, name: "lc-quota" });
  return (quota?.["spec"] as { readonly hard: Readonly<Record<string, string>> } | undefined)?.hard["requests.cpu"];
}

/** Some users, and a namespace of each. */
const NAMESPACE_OF = {
  ben: { cloud: "storefront", namespace: "storefront-web" },
  eli: { cloud: "payments", namespace: "payments-core" },
  fay: { cloud: "data-ml", namespace: "data-ml-etl" },
  "ci-bot": { cloud: "platform-ci", namespace: "platform-ci-runners" },
  "acme-1": { cloud: "contractor-acme", namespace: "contractor-acme-sandbox" },
} as const;

/**
 * @param cloud - The name that the user's cloud has now.
 * @returns Lists pods as a user, by the kubeconfig that the user has now: `listed`, or a code.
 */
export async function podsAs(
  fleet: PullingFleet,
  user: keyof typeof NAMESPACE_OF,
  cluster: ClusterName,
  cloud: string = NAMESPACE_OF[user].cloud,
): Promise<() => Promise<string>> {
  const { namespace } = NAMESPACE_OF[user];
  const api = await fleet.as(cloud, user, cluster);
  return () =>
    api.list({ apiVersion: "v1", kind: "Pod" }, { namespace }).then(
      () => "listed",
      ({ code }) => code,
    );
}

interface Report {
  readonly postSync: {
    readonly applied: readonly {
      readonly cluster: string;
      readonly failures: readonly { readonly code: string; readonly message: string }[];
    }[];
  };
}

/** What `lcloud up -o json` told of agents, by cluster. */
export function failuresOf({ stdout }: Outcome): Readonly<Record<string, readonly (readonly [string, string])[]>> {
  const { applied } = (JSON.parse(stdout) as Report).postSync;
  const failed = applied.filter(({ failures }) => failures.length > 0);
  return Object.fromEntries(
    failed.map(({ cluster, failures }) => [cluster, failures.map(({ code, message }) => [code, message] as const)]),
  );
}
