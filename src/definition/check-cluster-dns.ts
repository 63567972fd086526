import { isIP } from "node:net";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import type { ClusterDnsProps } from "./fleet.ts";

/** Mistakes in what a fleet says of the DNS of a cluster. */
export function checkClusterDns(dns: ClusterDnsProps): readonly string[] {
  const { namespace = "kube-system", port = 53, nodeLocalAddress = "none", clusterDomain = "cluster.local" } = dns;
  const faults: string[] = [];
  const check = (holds: boolean, message: string): void => {
    if (!holds) faults.push(`dns.${message}`);
  };
  check(
    nodeLocalAddress === "none" || isIP(nodeLocalAddress) === 4,
    `nodeLocalAddress: "${nodeLocalAddress}" is no IPv4 address; write "none" where there is no NodeLocal DNSCache`,
  );
  check(isDnsLabel(namespace), `namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`);
  check(Number.isInteger(port) && port >= 1 && port <= 65_535, `port: ${port} is no port; give 1 to 65535`);
  check(
    isDnsSubdomain(clusterDomain),
    `clusterDomain: "${clusterDomain}" is no domain; write it as "cluster.local", in lower case`,
  );
  check(
    dns.provider !== "openshift" || dns.nodeLocalCache !== true,
    "nodeLocalCache: OpenShift has no NodeLocal DNSCache; take it out",
  );
  return faults;
}
