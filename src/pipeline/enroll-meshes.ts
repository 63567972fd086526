import { type MeshStore, openMeshStore } from "../keys/mesh-store.ts";
import { cacertsFor } from "../keys/mesh-trust.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { fingerprintsOf } from "../mesh/bundle.ts";
import { wantedRoots } from "../mesh/root-state.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, invalid } from "../model/error.ts";
import type { WantedMesh } from "../rendered/wanted-file.ts";
import { checkRecipients } from "../sops/data-key.ts";
import { type RootFiles, readRoot } from "./read-root.ts";
import { inFolder, type StateOptions, type Workplace } from "./workplace.ts";
import { writeAuthority } from "./write-authority.ts";

/** What enrolling takes for meshes. */
export interface MeshEnrolOptions {
  /** Who may decrypt authorities that lie in the repository, as `age1…`; none: whoever may now. */
  readonly recipients?: readonly string[];
  /** A root that somebody brings, for the one cloud that is named. */
  readonly root?: RootFiles;
}

/** What enrolling did for the mesh of a cloud; nothing in it is private. */
export interface MeshEnrolment {
  readonly cloud: string;
  /** `renewed`: the same root has another authority below it to sign with. */
  readonly root: "created" | "renewed" | "unchanged";
  /** SHA-256 fingerprints of the roots that are trusted, in hex. */
  readonly fingerprints: readonly string[];
  readonly clusters: readonly AuthorityEnrolment[];
}

export interface AuthorityEnrolment {
  readonly cluster: string;
  readonly action: "created" | "renewed" | "unchanged";
  /** Of trust `sops`: where it lies encrypted, and what became of it. */
  readonly file?: { readonly path: string; readonly action: "created" | "changed" | "unchanged" };
}

export interface MeshFailure extends Failure {
  readonly cloud: string;
}

/**
 * Make a root for each cloud with a mesh, and an authority for each of its clusters. A cloud that fails stops no other.
 *
 * @param meshes - Those that are asked for.
 * @throws {@link CloudError} `KEY_STORE` where there can be no store; `INVALID` for a root that cannot be taken, and for
 * recipients that are none or would decrypt nothing.
 */
export async function enrollMeshes(
  meshes: readonly WantedMesh[],
  { folder, state, recipients = [], root }: Workplace & StateOptions & MeshEnrolOptions,
): Promise<{ readonly meshes: readonly MeshEnrolment[]; readonly failures: readonly MeshFailure[] }> {
  const byCloud = Map.groupBy(
    meshes.filter(({ trust }) => trust !== "cert-manager"),
    ({ cloud }) => cloud,
  );
  refuseRecipients(recipients, meshes);
  if (byCloud.size === 0 && root === undefined) return { meshes: [], failures: [] };
  const store = await openMeshStore(inFolder(folder, state));
  const now = new Date();
  const imported = root === undefined ? undefined : await importRoot(store, byCloud, root, now);
  // a cloud's files are its own, so that what one waits for on the disk is time for another
  const outcomes = await mapConcurrently([...byCloud], AT_ONCE, async ([cloud, clusters]): Promise<Outcome> => {
    try {
      const enrolment = await enrollMesh(store, cloud, clusters, { folder, recipients, now });
      return { enrolment: { ...enrolment, root: imported ?? enrolment.root } };
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return { failure: { cloud, ...failureOf(error, cloud) } };
    }
  });
  return {
    meshes: outcomes.flatMap(({ enrolment = [] }) => enrolment),
    failures: outcomes.flatMap(({ failure = [] }) => failure),
  };
}

function refuseRecipients(recipients: readonly string[], meshes: readonly WantedMesh[]): void {
  if (recipients.length === 0) return;
  checkRecipients(recipients);
  if (meshes.some(isEncrypted)) return;
  const message = `would decrypt nothing: none of these meshes has trust: "sops"; leave it out, or set that in the fleet`;
  throw invalid([{ path: "recipient", message }], "nobody was enrolled");
}

/** Clouds under way at a time; each has a file open, of which a process may have a few hundred. */
const AT_ONCE = 8;

interface Outcome {
  readonly enrolment?: MeshEnrolment;
  readonly failure?: MeshFailure;
}

async function enrollMesh(
  store: MeshStore,
  cloud: string,
  meshes: readonly WantedMesh[],
  { folder, recipients, now }: { readonly folder: string; readonly recipients: readonly string[]; readonly now: Date },
): Promise<MeshEnrolment> {
  const [encrypted, delivered] = [meshes.filter(isEncrypted), meshes.filter((mesh) => !isEncrypted(mesh))];
  const first = await store.ensureTrust({ cloud, clusters: delivered, now });
  // post-sync renews what it delivers; of what lies in the repository, only this verb can
  const ensured =
    encrypted.length === 0 ? first : await store.ensureTrust({ cloud, clusters: encrypted, now, renew: "due" });
  const clusters: AuthorityEnrolment[] = [];
  for (const mesh of meshes) {
    const { cluster, authority } = mesh;
    const action = (isEncrypted(mesh) ? ensured : first).authorities.get(cluster) ?? "unchanged";
    if (authority === undefined) {
      clusters.push({ cluster, action });
      continue;
    }
    const cacerts = cacertsFor(ensured.trust, cluster);
    const path = inFolder(folder, authority);
    const written = await writeAuthority({ cloud, path, cacerts, recipients, now });
    clusters.push({ cluster, action, file: { path: authority, action: written } });
  }
  return { cloud, root: first.root, fingerprints: fingerprintsOf(wantedRoots(ensured.trust.state)), clusters };
}

const isEncrypted = ({ trust }: WantedMesh): boolean => trust === "sops";

async function importRoot(
  store: MeshStore,
  byCloud: ReadonlyMap<string, readonly WantedMesh[]>,
  root: RootFiles,
  now: Date,
): Promise<MeshEnrolment["root"]> {
  const [only, another] = byCloud;
  if (only === undefined || another !== undefined) {
    const message = "is for one cloud with a mesh whose trust is ours; name that one";
    throw invalid([{ path: root.certificate, message }], "the root was not taken");
  }
  const [cloud, meshes] = only;
  const trustDomains = meshes.map(({ trustDomain }) => trustDomain);
  return store.importRoot(cloud, await readRoot(root, { cloud, trustDomains, now }));
}
