import { type Enrolment, enrollUser } from "../keys/enroll-user.ts";
import { isKeyAlgorithm, type KeyStore, openKeyStore } from "../keys/key-store.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { Failure } from "../model/change.ts";
import { CloudError, invalid } from "../model/error.ts";
import type { WantedFile, WantedUser } from "../rendered/wanted-file.ts";
import { inFolder, type StateOptions, type Workplace } from "./workplace.ts";

/** What enrolling did. A user who fails stops no other. */
export interface EnrollReport {
  readonly users: readonly Enrolment[];
  readonly failures: readonly UserFailure[];
}

interface UserFailure extends Failure {
  readonly cloud: string;
  readonly user: string;
}

/** Users whose keys are made or looked for at a time. */
const USERS_AT_ONCE = 16;

/**
 * Enroll those whom the app wants to have a request.
 *
 * @param only - Each `cloud` or `cloud/user`; everybody where there is none.
 * @throws {@link CloudError} `INVALID` for a name that is nobody's; `KEY_STORE` where there can be no store.
 */
export async function enrollUsers(
  wanted: WantedFile,
  only: readonly string[],
  { folder, state }: Workplace & StateOptions,
): Promise<EnrollReport> {
  const users = selectUsers(wanted.users, only);
  const store = await openKeyStore(inFolder(folder, state));
  const identities = inFolder(folder, wanted.identities);
  const outcomes = await mapConcurrently(users, USERS_AT_ONCE, async (user) => enrollOne(store, identities, user));
  return {
    users: outcomes.filter((outcome) => "action" in outcome),
    failures: outcomes.filter((outcome) => "code" in outcome),
  };
}

function selectUsers(users: readonly WantedUser[], only: readonly string[]): readonly WantedUser[] {
  const namesOf = ({ cloud, user }: WantedUser): readonly string[] => [cloud, `${cloud}/${user}`];
  const known = new Set(users.flatMap(namesOf));
  const remedy = `those who need a request are ${users.map((user) => namesOf(user)[1]).join(", ") || "none"}`;
  const faults = only
    .filter((name) => !known.has(name))
    .map((path) => ({ path, message: `is neither a cloud with users on an x509 cluster nor one of them; ${remedy}` }));
  if (faults.length > 0) throw invalid(faults, "nobody was enrolled");
  return only.length === 0 ? users : users.filter((user) => namesOf(user).some((name) => only.includes(name)));
}

async function enrollOne(
  store: KeyStore,
  identities: string,
  { cloud, user, keyAlgorithm }: WantedUser,
): Promise<Enrolment | UserFailure> {
  try {
    if (!isKeyAlgorithm(keyAlgorithm)) {
      const remedy = "use the same version of lcloud here and in the app";
      throw new CloudError("INVALID", `this lcloud makes no key of kind "${keyAlgorithm}"; ${remedy}`);
    }
    return await enrollUser(store, identities, { cloud, user, algorithm: keyAlgorithm });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { cloud, user, code: error.code, message: error.message };
  }
}
