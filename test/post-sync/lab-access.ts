import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { ClusterAccess, GrantOptions, UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { approveRules, collectRules, requestRules } from "../../src/post-sync/roles.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import type { Call } from "./planting.ts";
import { makeScene, type Scene, type UserPath } from "./scene.ts";

/** A scene with a cloud that no other test of a lab has. */
export interface CloudScene extends Scene {
  readonly cloud: string;
  /** Its one user. */
  readonly path: UserPath;
}

export async function makeCloud(): Promise<CloudScene> {
  count += 1;
  const cloud = `shop-${count}`;
  const path: UserPath = `${cloud}/ada`;
  return { ...(await makeScene([path])), cloud, path };
}
let count = 0;

/** What one run did for all, and for the one user: with the failure of the cluster, where it is that. */
interface SceneGrant {
  readonly access: ClusterAccess;
  readonly grant: UserGrant | undefined;
}

export async function run(
  asWhom: KubeApi,
  { stateDir }: Scene,
  cluster: RenderedCluster,
  options: Partial<GrantOptions> = {},
): Promise<SceneGrant> {
  const access = await grantAccess(asWhom, cluster, { stateDir, half: "both", timeoutMs: 20_000, ...options });
  const [failure] = access.failures;
  const [grant] = access.users;
  return { access, grant: grant === undefined || failure === undefined ? grant : { ...grant, failure } };
}

/** Carol collects, bob approves. */
export interface Halves {
  readonly carol: readonly Manifest[];
  readonly bob: readonly Manifest[];
}

/** The roles of both halves. */
export const rolesOf = (cluster: RenderedCluster): Halves => ({
  carol: [...requestRules(cluster), ...collectRules(cluster)],
  bob: approveRules(cluster),
});

const VERBS: ReadonlySet<string> = new Set(["get", "list", "apply", "create", "replace", "delete"]);

/** The same API server, with something done before each call about a CertificateSigningRequest. */
export function withCalls(api: KubeApi, before: (calls: readonly Call[]) => Promise<void>): KubeApi {
  const calls: Call[] = [];
  return new Proxy(api, {
    get(target, field: keyof KubeApi) {
      const member = Reflect.get(target, field, target);
      if (typeof member !== "function") return member;
      return (...args: readonly { kind?: string }[]) => {
        const answer = (): unknown => Reflect.apply(member, target, args);
        if (!VERBS.has(field) || args[0]?.kind !== "CertificateSigningRequest") return answer();
        calls.push({ verb: field as Call["verb"] });
        return before(calls).then(answer);
      };
    },
  });
}
