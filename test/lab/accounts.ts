import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { isRole, type PolicyRule } from "../../src/model/policy-rule.ts";
import { waitFor } from "./wait.ts";

/** The API server as a ServiceAccount of the namespace `default`, which has no rights of its own. */
export async function asAccount(api: KubeApi, name: string): Promise<KubeApi> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "default" } };
  await api.apply(account);
  const request = { ...account, apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { token } = (await api.create(request, { subresource: "token" }))["status"] as { readonly token: string };
  return api.as({ kind: "token", token });
}

/**
 * A ServiceAccount that has these roles and no other rights; the API server as it.
 *
 * @param roles - With the namespaces that they need; the roles get names that no other account's have.
 */
export async function asHolderOf(api: KubeApi, name: string, roles: readonly Manifest[]): Promise<KubeApi> {
  const holder = await asAccount(api, name);
  for (const role of roles) await (isRole(role) ? bindRole(api, role, name) : api.apply(role, { force: true }));
  await Promise.all(roles.filter(isRole).map((role) => waitForRights(holder, role)));
  return holder;
}

async function bindRole(api: KubeApi, role: Manifest, account: string): Promise<void> {
  const { apiVersion, kind } = role;
  const metadata = { ...role.metadata, name: `${role.metadata.name}-${account}` };
  await api.apply({ ...role, metadata });
  await api.apply({
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: metadata.name },
    subjects: [{ kind: "ServiceAccount", namespace: "default", name: account }],
  });
}

/** An API server learns of a role and its binding a moment after it has stored them, of all its rules at once. */
async function waitForRights(holder: KubeApi, { metadata, ...role }: Manifest): Promise<void> {
  for (const { apiGroups, resources, resourceNames, verbs } of role["rules"] as readonly PolicyRule[]) {
    const [resource, subresource] = (resources[0] ?? "").split("/");
    const resourceAttributes = {
      namespace: metadata.namespace ?? "",
      group: apiGroups[0],
      resource,
      subresource,
      name: resourceNames?.[0] ?? "",
      verb: verbs[0],
    };
    await waitFor(`right to ${verbs[0]} ${resources[0]}`, async () => {
      const review = await holder.create({ ...REVIEW, spec: { resourceAttributes } });
      return (review["status"] as { readonly allowed: boolean }).allowed || undefined;
    });
  }
}

const REVIEW = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", metadata: { name: "" } };
