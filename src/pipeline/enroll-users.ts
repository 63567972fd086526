import { type Enrolment, enrollUser } from "../keys/enroll-user.ts";
import { isKeyAlgorithm, type KeyStore, openKeyStore } from "../keys/key-store.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { Failure } from "../model/change.ts";
import { CloudError, invalid } from "../model/error.ts";
import type { WantedFile, WantedUser } from "../rendered/wanted-file.ts";
import { enrollMeshes, type MeshEnrolment, type MeshEnrolOptions, type MeshFailure } from "./enroll-meshes.ts";
import { inFolder, type StateOptions, type Workplace } from "./workplace.ts";

/** What enrolling did. A user or mesh that fails stops no other. */
export interface EnrollReport {
  readonly users: readonly Enrolment[];
  readonly meshes: readonly MeshEnrolment[];
  /** Of a mesh, without a user. */
  readonly failures: readonly (UserFailure | MeshFailure)[];
}

interface UserFailure extends Failure {
  readonly cloud: string;
  readonly user: string;
}

/** Users whose keys are made or looked for at a time. */
const USERS_AT_ONCE = 16;

/**
 * Enroll those whom the app wants to have a request, and the meshes that it wants to have an authority.
 *
 * @param only - Each `cloud` or `cloud/user`; everybody where there is none.
 * @throws {@link CloudError} `INVALID` for a name that is nobody's, and for a root that cannot be taken; `KEY_STORE` where
 * there can be no store.
 */
export async function enrollUsers(
  wanted: WantedFile,
  only: readonly string[],
  options: Workplace & StateOptions & MeshEnrolOptions,
): Promise<EnrollReport> {
  const { folder, state } = options;
  const users = selectUsers(wanted, only);
  const meshes = wanted.meshes.filter(({ cloud }) => only.length === 0 || only.includes(cloud));
  const enrolled = await enrollMeshes(meshes, options);
  const store = await openKeyStore(inFolder(folder, state));
  const identities = inFolder(folder, wanted.identities);
  const outcomes = await mapConcurrently(users, USERS_AT_ONCE, async (user) => enrollOne(store, identities, user));
  return {
    users: outcomes.filter((outcome) => "action" in outcome),
    meshes: enrolled.meshes,
    failures: [...outcomes.filter((outcome) => "code" in outcome), ...enrolled.failures],
  };
}

function selectUsers({ users, meshes }: WantedFile, only: readonly string[]): readonly WantedUser[] {
  const namesOf = ({ cloud, user }: WantedUser): readonly string[] => [cloud, `${cloud}/${user}`];
  const clouds = new Set(meshes.map(({ cloud }) => cloud));
  const known = new Set([...users.flatMap(namesOf), ...clouds]);
  const remedy = `there are ${[...users.map((user) => namesOf(user)[1]), ...clouds].join(", ") || "none"}`;
  const faults = only
    .filter((name) => !known.has(name))
    .map((path) => ({
      path,
      message: `is neither a cloud with a mesh or with users on an x509 cluster, nor one of these; ${remedy}`,
    }));
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
