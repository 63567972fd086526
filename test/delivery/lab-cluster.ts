import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { INVENTORY_KIND, INVENTORY_QUERY } from "../../src/model/inventory.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { PolicyRule } from "../../src/model/policy-rule.ts";
import { refOf } from "../../src/model/ref.ts";
import type { Lab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

/** Names of clouds that no other test of a lab has, so that tests need not wait for namespaces to be gone. */
export function newClouds(): readonly [bank: string, shop: string] {
  count += 1;
  return [`bank-${count}`, `shop-${count}`];
}
let count = 0;

export const connectTo = (lab: Lab, cluster: string, context = cluster): Promise<KubeApi> =>
  connectKubeApi({ cluster, kubeconfig: lab.kubeconfig, context });

/** As on a cluster to which nothing was delivered: it has objects, but no memory of them. */
export async function forgetDeliveries(api: KubeApi): Promise<void> {
  for (const { metadata, ...inventory } of await api.list(INVENTORY_KIND, INVENTORY_QUERY)) {
    await api.delete(refOf({ ...inventory, metadata } as Manifest), { uid: metadata.uid });
  }
}

export async function kubectl(lab: Lab, cluster: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(lab.kubectl, [
    ...["--kubeconfig", lab.kubeconfig],
    ...["--context", cluster],
    ...args,
  ]);
  return stdout;
}

/** Writes that a cluster has answered to somebody so far. */
export async function countWrites(lab: Lab, cluster: string, username: string): Promise<number> {
  const events = (await lab.clusters[cluster]?.auditEvents()) ?? [];
  return events.filter(({ user, verb }) => user.username === username && !READS.has(verb)).length;
}

const READS: ReadonlySet<string> = new Set(["get", "list", "watch"]);

/** The API server as a ServiceAccount of the namespace `default`, which has no rights of its own. */
export async function asAccount(api: KubeApi, name: string): Promise<KubeApi> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "default" } };
  await api.apply(account);
  const request = { ...account, apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { token } = (await api.create(request, { subresource: "token" }))["status"] as { readonly token: string };
  return api.as({ kind: "token", token });
}

/** A ServiceAccount that has these roles and no other rights; the API server as it. */
export async function asHolderOf(api: KubeApi, name: string, roles: readonly Manifest[]): Promise<KubeApi> {
  const holder = await asAccount(api, name);
  for (const role of roles) {
    await api.apply(role, { force: true });
    if (role.kind !== "Namespace") await api.apply(bindingTo(role, name));
  }
  for (const role of roles) await waitForRights(holder, role);
  return holder;
}

/** An API server learns of a binding a moment after it has stored it. */
async function waitForRights(api: KubeApi, { kind, metadata: { namespace = "" }, ...fields }: Manifest): Promise<void> {
  if (kind === "Namespace") return;
  for (const { apiGroups, resources, resourceNames, verbs } of fields["rules"] as readonly PolicyRule[]) {
    const resourceAttributes = {
      namespace,
      group: apiGroups[0],
      resource: resources[0],
      name: resourceNames?.[0] ?? "",
      verb: verbs[0],
    };
    const review = { ...REVIEW, spec: { resourceAttributes } };
    await waitFor(`right to ${verbs[0]} ${resources[0]}`, async () => {
      const { allowed } = (await api.create(review))["status"] as { readonly allowed: boolean };
      return allowed || undefined;
    });
  }
}

const REVIEW = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", metadata: { name: "" } };

function bindingTo({ apiVersion, kind, metadata }: Manifest, account: string): Manifest {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { ...metadata, name: `${account}.${metadata.name}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: metadata.name },
    subjects: [{ kind: "ServiceAccount", namespace: "default", name: account }],
  };
}
