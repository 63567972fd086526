import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { type Action, type ExampleUser, GROUPS, NAMESPACES, USERS, VERBS } from "./example-access.ts";
import { CLUSTERS, type ClusterName, type ExampleFleet } from "./example-fleet.ts";

/** A user of the example, on one cluster of the user's cloud. */
export interface Place extends ExampleUser {
  readonly cluster: ClusterName;
}

const clustersOf = ({ namespaces }: ExampleUser): readonly ClusterName[] =>
  CLUSTERS.filter((cluster) => namespaces.some((namespace) => NAMESPACES[namespace]?.includes(cluster)));

export const PLACES: readonly Place[] = USERS.flatMap((user) =>
  clustersOf(user).map((cluster) => ({ ...user, cluster })),
);

/** Namespaces of the cluster that are the user's, and all others that anybody could think of. */
export function namespacesOf({ cluster, namespaces }: Place): {
  readonly own: readonly string[];
  readonly foreign: readonly string[];
} {
  const here = Object.keys(NAMESPACES).filter((namespace) => NAMESPACES[namespace]?.includes(cluster));
  return {
    own: here.filter((namespace) => namespaces.includes(namespace)),
    foreign: [...here.filter((namespace) => !namespaces.includes(namespace)), "kube-system", "default"],
  };
}

/**
 * What a user may do by the kubeconfig that the product gave, by the API server's own word (SelfSubjectAccessReview),
 * beside what the example says; a line for each action in each namespace.
 */
export async function reviewAccess(
  fleet: ExampleFleet,
  place: Place,
): Promise<{ readonly found: readonly string[]; readonly wanted: readonly string[] }> {
  const { allowed, forbidden } = VERBS[place.level];
  const { own, foreign } = namespacesOf(place);
  const questions = (namespaces: readonly string[], actions: readonly Action[], answer: boolean) =>
    namespaces.flatMap((namespace) => actions.map((action) => ({ namespace, action, answer })));
  const asked = [
    ...questions(own, allowed, true),
    ...questions(own, forbidden, false),
    ...questions(foreign, [...allowed, ...forbidden], false),
  ];
  const line = (namespace: string, action: Action, answer: boolean) => `${action} in ${namespace}: ${answer}`;
  const api = await fleet.as(place.cloud, place.user, place.cluster);
  const found = await Promise.all(
    asked.map(async ({ namespace, action }) => line(namespace, action, await isAllowed(api, namespace, action))),
  );
  api.close();
  return { found, wanted: asked.map(({ namespace, action, answer }) => line(namespace, action, answer)) };
}

async function isAllowed(api: KubeApi, namespace: string, action: Action): Promise<boolean> {
  const [verb = "", resource = ""] = action.split(" ");
  const group = GROUPS[resource] ?? "";
  const review = await api.create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: { name: "" },
    spec: { resourceAttributes: { verb, resource, group, namespace } },
  });
  return (review["status"] as { readonly allowed: boolean }).allowed;
}
