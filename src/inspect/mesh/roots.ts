import { compareRoots } from "../../mesh/bundle.ts";
import type { CloudMesh } from "../../mesh/cloud-mesh.ts";
import { meshNamespace, ROOT_CONFIG_MAP, ROOTS_KEY } from "../../mesh/names.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { RootsStatus } from "../../model/mesh-status.ts";

/** Label that control planes give {@link ROOT_CONFIG_MAP}. */
export const ROOT_QUERY = "istio.io/config=true";

/** In every cluster, and no cloud's: a control plane that finds no mesh config looks after this one too. */
const NOBODYS = "default";

/** What the root ConfigMaps of a cluster say of one mesh. */
export interface FoundRoots {
  readonly roots: RootsStatus;
  /** PEM of what the control plane's own namespace has; absent where it has none. */
  readonly own?: string;
  readonly alarms: readonly string[];
  readonly remarks: readonly string[];
}

/** PEM by namespace, of those that may be seen. */
export function rootsByNamespace(configMaps: readonly LiveManifest[]): ReadonlyMap<string, string> {
  return new Map(
    configMaps.flatMap(({ metadata, data }) => {
      const { [ROOTS_KEY]: pem } = (data ?? {}) as { readonly [ROOTS_KEY]?: string };
      const isRoot = metadata.name === ROOT_CONFIG_MAP && pem !== undefined;
      return isRoot ? [[metadata.namespace ?? "", pem] as const] : [];
    }),
  );
}

/**
 * Where the root certificate of a mesh is, and where it is not. A mesh config that does not parse shows here alone: a
 * control plane without one looks after every namespace, and is ready all the same.
 *
 * @param found - By namespace, as {@link rootsByNamespace} gives it.
 */
export function judgeRoots(cloud: string, { namespaces }: CloudMesh, found: ReadonlyMap<string, string>): FoundRoots {
  const home = meshNamespace(cloud);
  const own = found.get(home);
  const isOwn = (pem: string): boolean => own !== undefined && compareRoots(pem, own) !== "other";
  const members = [home, ...namespaces];
  const missing = members.filter((namespace) => !found.has(namespace));
  const foreign = namespaces.filter(
    (namespace) => own !== undefined && found.has(namespace) && !isOwn(found.get(namespace) ?? ""),
  );
  const beyond = [...found].flatMap(([namespace, pem]) =>
    !members.includes(namespace) && isOwn(pem) ? namespace : [],
  );
  const roots = { missing, foreign, beyond: beyond.sort() };
  return { roots, ...(own === undefined ? {} : { own }), alarms: alarmsOf(cloud, roots), remarks: remarksOf(roots) };
}

function alarmsOf(cloud: string, { foreign, beyond }: RootsStatus): readonly string[] {
  const fallen = `istiod-${cloud} looks after namespaces that are not the cloud's, ${NOBODYS} among them, as it does without a mesh config that it can read; see its log, and run lcloud sync`;
  return [
    ...(beyond.includes(NOBODYS) ? [fallen] : []),
    ...(foreign.length === 0
      ? []
      : [
          `another mesh has put its root certificate into ${foreign.join(", ")}; two control planes look after the same namespaces`,
        ]),
  ];
}

function remarksOf({ missing, beyond }: RootsStatus): readonly string[] {
  const left = beyond.includes(NOBODYS) ? [] : beyond;
  return [
    ...(missing.length === 0 ? [] : [`no root certificate in ${missing.join(", ")} yet: istiod puts it there`]),
    ...(left.length === 0
      ? []
      : [
          `a namespace that has left the mesh keeps its root certificate, which is public: ConfigMap/${ROOT_CONFIG_MAP} in ${left.join(", ")}`,
        ]),
  ];
}
