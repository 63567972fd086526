import type { LabCluster } from "./cluster.ts";
import { type CoreDns, startCoreDns } from "./coredns.ts";
import { type Distribution, defaultCorefile } from "./default-corefiles.ts";
import { startKubelet } from "./kubelet.ts";

/** Whose CoreDNS the clusters of the example fleet have, as `clouds/fleet.ts` says; GKE has none of its own. */
const DISTRIBUTIONS: Readonly<Record<string, Distribution>> = {
  "eks-prod-eu": "eks",
  "gke-staging-eu": "kubeadm",
  "k3s-dev-office": "k3s",
};

/** The DNS of clusters, which the product can look at from outside. */
export interface ExampleDns<N extends string> extends AsyncDisposable {
  readonly servers: { readonly [name in N]: CoreDns };
}

/** Start the real CoreDNS in clusters of the example fleet, each as a new cluster of its kind has it. */
export async function startExampleDns<N extends string>(
  clusters: {
    readonly [name in N]: LabCluster;
  },
): Promise<ExampleDns<N>> {
  await using starting = new AsyncDisposableStack();
  const start = async (cluster: LabCluster): Promise<readonly [string, CoreDns]> => {
    const distribution = DISTRIBUTIONS[cluster.name];
    if (distribution === undefined) throw new Error(`lab: the example fleet has no cluster ${cluster.name}`);
    const corefile = await defaultCorefile(distribution);
    const files = distribution === "k3s" ? { NodeHosts: "192.0.2.7 node-7\n" } : {};
    const dns = starting.use(await startCoreDns(cluster, { corefile, files }));
    starting.defer(await startKubelet(cluster, dns.pods));
    return [cluster.name, dns];
  };
  const started = await Promise.allSettled(Object.values<LabCluster>(clusters).map(start));
  const servers = started.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
  const stack = starting.move();
  return {
    servers: Object.fromEntries(servers) as { [name in N]: CoreDns },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
