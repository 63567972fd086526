import { randomBytes } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { formatKubeconfig } from "./kubeconfig.ts";

/** Where Argo CD's settings and Applications are. */
export const NAMESPACE = "argocd";

const LABEL = { "app.kubernetes.io/part-of": "argocd" };

/** `kustomize build` and `kustomize version`, by the kustomize that is in kubectl. */
const KUSTOMIZE = `if [ "$1" = version ]; then echo v5.7.1; exit; fi
shift
exec kubectl kustomize "$@"`;

/** What argocd-server would make, which the lab does not run, and the cluster as a destination. */
export function settingsOf(cluster: LabCluster): readonly object[] {
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "argocd-secret", namespace: NAMESPACE, labels: LABEL },
      stringData: { "server.secretkey": randomBytes(32).toString("base64") },
    },
    destination(cluster),
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "default", namespace: NAMESPACE },
      spec: {
        sourceRepos: ["*"],
        destinations: [{ server: "*", namespace: "*" }],
        clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      },
    },
  ];
}

/** @see https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters */
function destination({ name, server, admin, certificateAuthority }: LabCluster): object {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const tlsClientConfig = {
    caData: base64(certificateAuthority),
    certData: base64(admin.credential.certificate),
    keyData: base64(admin.credential.key),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `cluster-${name}`,
      namespace: NAMESPACE,
      labels: { ...LABEL, "argocd.argoproj.io/secret-type": "cluster" },
    },
    stringData: { name, server, config: JSON.stringify({ tlsClientConfig }) },
  };
}

/**
 * Write what the programs look for outside of the cluster.
 *
 * @returns Their environment.
 */
export async function writeFiles(cluster: LabCluster, folder: string): Promise<NodeJS.ProcessEnv> {
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(cluster), { mode: 0o600 });
  const [bin, ...others] = ["bin", "tls", "ssh", "gnupg", "tmp"].map((name) => join(folder, name));
  for (const path of [bin ?? "", ...others]) await mkdir(path, { mode: 0o700 });
  await symlink(await labBinary("kubectl"), join(bin ?? "", "kubectl"));
  // git asks it for a repository's credential
  await symlink(await labBinary("argocd-repo-server"), join(bin ?? "", "argocd"));
  await writeFile(join(bin ?? "", "kustomize"), `#!/bin/sh\n${KUSTOMIZE}\n`, { mode: 0o755 });
  await writeFile(join(bin ?? "", "git-verify-wrapper.sh"), "#!/bin/sh\n", { mode: 0o755 });
  return {
    PATH: [bin, process.env["PATH"]].join(delimiter),
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    KUBECONFIG: kubeconfig,
    // `https://kubernetes.default.svc` is what KUBECONFIG says, since no program of the lab runs in a pod
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_ASK_PASS_SOCK: join(folder, "ask-pass.sock"),
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_TLS_DATA_PATH: join(folder, "tls"),
    ARGOCD_SSH_DATA_PATH: join(folder, "ssh"),
    ARGOCD_GNUPGHOME: join(folder, "gnupg"),
  };
}

/** The context's namespace is where Argo CD looks for its settings. */
function kubeconfigOf(cluster: LabCluster): string {
  const config = JSON.parse(formatKubeconfig([cluster.admin]));
  config.contexts[0].context.namespace = NAMESPACE;
  return JSON.stringify(config);
}
