import type { KubeApi, KubeCredential } from "../kube-api/kube-api.ts";
import { CloudError } from "../model/error.ts";

/** Who an API server says that we are. */
interface SelfSubject {
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Ask the API server who it takes us for: what a credential is worth is what it makes of it.
 *
 * @throws {@link CloudError} `UNAUTHORIZED` for a credential that it does not accept.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 */
export async function reviewSelf(api: KubeApi): Promise<SelfSubject> {
  const review = await api.create({
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    metadata: { name: "" },
  });
  const { userInfo = {} } = (review["status"] ?? {}) as { userInfo?: Partial<SelfSubject> };
  return { username: userInfo.username ?? "", groups: userInfo.groups ?? [] };
}

/**
 * Whether the API server takes the holder of a credential for that user, with all those groups.
 *
 * @throws {@link CloudError} where it cannot be asked.
 */
export async function isTakenFor(api: KubeApi, credential: KubeCredential, expected: SelfSubject): Promise<boolean> {
  const holder = api.as(credential);
  try {
    const { username, groups } = await reviewSelf(holder);
    return username === expected.username && expected.groups.every((group) => groups.includes(group));
  } catch (error) {
    if (error instanceof CloudError && error.code === "UNAUTHORIZED") return false;
    throw error;
  } finally {
    holder.close();
  }
}
