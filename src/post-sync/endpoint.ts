import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import { CloudError } from "../model/error.ts";
import { isLoopback } from "../model/oci-names.ts";
import type { ClusterFile } from "../rendered/files.ts";

/**
 * Where others find a cluster, whom we give a way into it: dist/ has the last word.
 *
 * @param ours - What our own context names; absent where there is none.
 * @returns undefined where neither says.
 */
export function endpointFor(file: ClusterFile, ours?: KubeEndpoint): KubeEndpoint | undefined {
  const { server = ours?.server, certificateAuthority = ours?.certificateAuthority } = file.endpoint;
  if (server === undefined) return undefined;
  // The name that our own context checks is for the address that it names.
  const tlsServerName = file.endpoint.server === undefined ? ours?.tlsServerName : undefined;
  return {
    server,
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}

/**
 * Of what other clusters are given to reach one by: what is wrong with our own context's address there.
 *
 * @returns undefined where it may be good, and where dist/ has the last word.
 */
export function remarkOnAddress({ endpoint }: ClusterFile, { server }: KubeEndpoint): string | undefined {
  const hostname = URL.parse(server)?.hostname ?? "";
  if (endpoint.server !== undefined || !(isLoopback(hostname) || HERE.includes(hostname))) return undefined;
  const what = `other clusters are given ${server} for this one, as our context has it, and reach nobody there but themselves`;
  return `${what}; set endpoint.server in the fleet`;
}

/** Kubeconfigs of clusters on one machine have these, too. */
const HERE: readonly string[] = ["[::1]", "0.0.0.0", "[::]"];

/**
 * Without an authority, others could only trust whoever answers, as we do, and send a token there.
 *
 * @param whose - As in `users' kubeconfigs`.
 * @throws {@link CloudError} `NO_CONTEXT`
 */
export function checkVerified({ name, access, endpoint }: ClusterFile, ours: KubeEndpoint, whose: string): void {
  if (ours.isUnverified !== true || endpoint.certificateAuthority !== undefined) return;
  const what = `context "${access.context}" skips TLS verification, so ${whose} would name no authority`;
  const remedy = "set endpoint.certificateAuthority in the fleet, or certificate-authority-data in the context";
  throw new CloudError("NO_CONTEXT", `${name}: ${what}; ${remedy}`);
}
