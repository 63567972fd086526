import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { WantedUser } from "../rendered/wanted-file.ts";

/** Those who need a certificate request: the users of clouds that are on an `x509` cluster. */
export function wantedUsers(clouds: readonly LogicalCloud[]): readonly WantedUser[] {
  return clouds
    .filter(({ definition }) => definition.clusters.some(({ identity }) => identity === "x509"))
    .flatMap(({ definition: { name, users } }) =>
      users.map(({ name: user, keyAlgorithm }) => ({ cloud: name, user, keyAlgorithm })),
    );
}
