import type { KeyPair } from "./authority.ts";

/** One context of a kubeconfig: a cluster, and who we are there. */
export interface KubeconfigEntry {
  /** Of context, cluster and user alike. */
  readonly name: string;
  readonly server: string;
  /** PEM */
  readonly certificateAuthority: string;
  readonly credential: KeyPair;
}

/** A kubeconfig file that needs no other file; its current context is the first. */
export function formatKubeconfig(entries: readonly KubeconfigEntry[]): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: entries.map(({ name, server, certificateAuthority }) => ({
      name,
      cluster: { server, "certificate-authority-data": base64(certificateAuthority) },
    })),
    users: entries.map(({ name, credential }) => ({
      name,
      user: {
        "client-certificate-data": base64(credential.certificate),
        "client-key-data": base64(credential.key),
      },
    })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    "current-context": entries[0]?.name ?? "",
  });
}
