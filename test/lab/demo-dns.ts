import { readFile } from "node:fs/promises";
import { join } from "node:path";

const ALL = ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"];

/** A Service for each cloud, and who makes it there. */
const SERVICES = [
  ["storefront", "ana", "web", "storefront-web", ALL],
  ["storefront", "ben", "api", "storefront-api", ALL],
  ["payments", "dev-lead", "gateway", "payments-core", ALL],
  ["data-ml", "fay", "models", "data-ml-serve", ["eks-prod-eu", "k3s-dev-office"]],
  ["platform-ci", "ci-bot", "cache", "platform-ci-runners", ALL],
  ["contractor-acme", "acme-1", "trial", "contractor-acme-sandbox", ["k3s-dev-office"]],
] as const;

/**
 * Have the fleet say what DNS the user's clusters have.
 *
 * @returns false where not all of them have a CoreDNS; then no cloud has a zone.
 */
export async function prepareDns(
  folder: string,
  run: (command: string) => Promise<void>,
  clusters: readonly string[],
): Promise<boolean> {
  const corefileOf = (cluster: string): string =>
    `kubectl --context ${cluster} --namespace kube-system get configmap coredns --ignore-not-found -o 'jsonpath={.data.Corefile}'`;
  for (const cluster of clusters) await run(`${corefileOf(cluster)} > ${cluster}.corefile`);
  const corefiles = await Promise.all(clusters.map((cluster) => readFile(join(folder, `${cluster}.corefile`), "utf8")));
  if (corefiles.includes("")) {
    await run("sed -i '/^ *dns: {.*},$/d' clouds/*.ts");
    return false;
  }
  for (const [index, cluster] of clusters.entries()) {
    const provider = /^\s*import .*custom\/\*\.server/m.test(corefiles[index] ?? "") ? "coredns-custom" : "corefile";
    await run(`sed -i '/"${cluster}": {/,/^    },/s/provider: "[a-z-]*"/provider: "${provider}"/' clouds/fleet.ts`);
  }
  return true;
}

/** Users make Services; their names in the cloud's zone are right in each cluster. */
export async function playDns(run: (command: string) => Promise<void>): Promise<void> {
  for (const [cloud, user, service, namespace, clusters] of SERVICES) {
    const kubectl = `kubectl --kubeconfig .lcloud/kubeconfigs/${cloud}/${user}.yaml --context ${user}@${cloud}.$cluster`;
    const create = `OIDC_USER=${user}@example.com ${kubectl} --namespace ${namespace} create service clusterip ${service} --tcp 80`;
    await run(`for cluster in ${clusters.join(" ")}; do ${create}; done`);
  }
  await run("lcloud dns check");
}
