import type { Manifest } from "../../model/manifest.ts";
import { isBinding, isRole } from "../../model/policy-rule.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { isFields } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { nameSubjects } from "./name-subjects.ts";

/** One thing that a subject may do. */
export interface Right {
  readonly cloud: string;
  readonly subject: string;
  /** A namespace, or `*` for the whole cluster. */
  readonly scope: string;
  /** Absent where a ClusterRole is meant whose rules only the cluster knows. */
  readonly verb?: string;
  /** As in `pods`, `deployments.apps` or `configmaps/settings`; else the ClusterRole's name. */
  readonly what: string;
}

export const rightKey = ({ cloud, subject, scope, verb = "", what }: Right): string =>
  [cloud, subject, scope, verb, what].join("\n");

/** All that the bindings of these clouds allow on a cluster, verb by verb. */
export function rightsOf(
  cluster: RenderedCluster | undefined,
  clouds: ReadonlySet<string>,
): ReadonlyMap<string, Right> {
  const rights = new Map<string, Right>();
  if (cluster === undefined) return rights;
  const subjectName = nameSubjects(cluster);
  const roles = rolesOf(cluster);
  for (const { cloud, manifests } of cluster.units) {
    if (cloud === undefined || !clouds.has(cloud)) continue;
    for (const binding of manifests.filter(isBinding)) {
      const scope = binding.metadata.namespace ?? "*";
      for (const each of recordsOf(binding["subjects"])) {
        const subject = subjectName(each);
        for (const allowed of allowedBy(binding, roles)) {
          const right: Right = { cloud, subject, scope, ...allowed };
          rights.set(rightKey(right), right);
        }
      }
    }
  }
  return rights;
}

function rolesOf({ units }: RenderedCluster): ReadonlyMap<string, Manifest> {
  const roles = units.flatMap(({ manifests }) => manifests.filter(isRole));
  return new Map(roles.map((role) => [refKey(refOf(role)), role]));
}

function allowedBy(binding: Manifest, roles: ReadonlyMap<string, Manifest>): readonly Pick<Right, "verb" | "what">[] {
  const roleRef = isFields(binding["roleRef"]) ? binding["roleRef"] : {};
  const [kind, name] = [String(roleRef["kind"]), String(roleRef["name"])];
  const { apiVersion, metadata } = binding;
  const place = kind === "Role" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {};
  const role = roles.get(refKey({ apiVersion, kind, name, ...place }));
  if (role === undefined || role["aggregationRule"] !== undefined) return [{ what: name }];
  return recordsOf(role["rules"]).flatMap((rule) => {
    const whats = [...resourcesOf(rule), ...textsOf(rule["nonResourceURLs"])];
    return textsOf(rule["verbs"]).flatMap((verb) => whats.map((what) => ({ verb, what })));
  });
}

function resourcesOf(rule: Readonly<Record<string, unknown>>): readonly string[] {
  const names = textsOf(rule["resourceNames"]);
  return textsOf(rule["apiGroups"]).flatMap((group) =>
    textsOf(rule["resources"]).flatMap((resource) => {
      const full = group === "" ? resource : `${resource}.${group}`;
      return names.length === 0 ? [full] : names.map((name) => `${full} "${name}"`);
    }),
  );
}

const recordsOf = (value: unknown) => (Array.isArray(value) ? value.filter(isFields) : []);

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
