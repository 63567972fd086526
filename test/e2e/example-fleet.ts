import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository } from "../lab/demo-repository.ts";
import { type ExampleDns, startExampleDns } from "../lab/example-dns.ts";
import { startOidcIssuer } from "../lab/oidc-issuer.ts";
import { type Outcome, run } from "./run.ts";

export const CLUSTERS = ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"] as const;

export type ClusterName = (typeof CLUSTERS)[number];

/** The example fleet in a repository of its own, beside real clusters that play its three. */
export interface ExampleFleet extends AsyncDisposable {
  readonly lab: Lab<ClusterName>;
  readonly dns: ExampleDns<ClusterName>;
  /** Folder of cdk8s.yaml. */
  readonly folder: string;
  /** Run the product's own command line. */
  lcloud(...args: readonly string[]): Promise<Outcome>;
  /** The API server of a cluster, as an administrator. */
  admin(cluster: ClusterName): Promise<KubeApi>;
  /** The API server of a cluster, by the kubeconfig that the product gave the user. */
  as(cloud: string, user: string, cluster: ClusterName): Promise<KubeApi>;
  /** What is in that kubeconfig. */
  kubeconfig(cloud: string, user: string): Promise<Kubeconfig>;
}

export interface Kubeconfig {
  readonly contexts: readonly { readonly name: string; readonly context: { readonly user: string } }[];
  readonly users: readonly {
    readonly name: string;
    readonly user: { readonly "client-certificate-data"?: string; readonly "client-key-data"?: string };
  }[];
}

/**
 * @param delivery - How all its clusters are delivered, as clouds/fleet.ts has it. @default directly
 * @param names - Its clusters; the fleet has no others.
 */
export async function startExampleFleet(
  delivery?: object,
  names: readonly ClusterName[] = CLUSTERS,
): Promise<ExampleFleet> {
  await using started = new AsyncDisposableStack();
  const issuer = started.use(await startOidcIssuer());
  const lab = started.use(
    await startLab(
      names.map((name) =>
        name === "eks-prod-eu"
          ? { name, audit: true, signer: false, oidc: issuer.trust("oidc:") }
          : { name, audit: true },
      ),
    ),
  );
  const dns = started.use(await startExampleDns(lab.clusters));
  const login = { issuer: issuer.url, certificateAuthority: issuer.certificateAuthority };
  const { folder, bin, remove } = await createDemoRepository({ kubectl: lab.kubectl, login });
  started.defer(remove);
  await leaveOut(
    CLUSTERS.filter((name) => !names.includes(name)),
    join(folder, "clouds", "fleet.ts"),
  );
  if (delivery !== undefined) await deliverBy(delivery, join(folder, "clouds", "fleet.ts"));
  // the login program in a user's kubeconfig is found and told who logs in by the environment
  process.env["PATH"] = `${bin}:${process.env["PATH"]}`;
  const pathOf = (cloud: string, user: string): string => join(folder, ".lcloud", "kubeconfigs", cloud, `${user}.yaml`);
  const stack = started.move();
  return {
    lab,
    dns,
    folder,
    lcloud: (...args) =>
      run(join(bin, "lcloud"), args, { cwd: folder, env: { ...process.env, KUBECONFIG: lab.kubeconfig } }),
    admin: (cluster) => connectKubeApi({ cluster, kubeconfig: lab.kubeconfig, context: cluster }),
    as: async (cloud, user, cluster) => {
      process.env["OIDC_USER"] = `${user}@example.com`;
      return connectKubeApi({ cluster, kubeconfig: pathOf(cloud, user), context: `${user}@${cloud}.${cluster}` });
    },
    kubeconfig: async (cloud, user) => load(await readFile(pathOf(cloud, user), "utf8")) as Kubeconfig,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function deliverBy(delivery: object, file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("defineFleet({", `defineFleet({ delivery: ${JSON.stringify(delivery)},`));
}

/** Take clusters out of the fleet. */
async function leaveOut(names: readonly ClusterName[], file: string): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const name of names) text = text.replace(new RegExp(`^ {4}"${name}": \\{[^]*?^ {4}\\},\n`, "m"), "");
  await writeFile(file, text);
}
