import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import { CloudError } from "../model/error.ts";
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
