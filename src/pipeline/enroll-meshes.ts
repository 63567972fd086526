import { readFile } from "node:fs/promises";
import { type MeshStore, openMeshStore } from "../keys/mesh-store.ts";
import { cacertsFor } from "../keys/mesh-trust.ts";
import { readPrivateFile } from "../keys/private-file.ts";
import { type BroughtFile, readSigner } from "../keys/read-signer.ts";
import { fingerprintsOf } from "../mesh/bundle.ts";
import { wantedRoots } from "../mesh/root-state.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, invalid, systemCodeOf } from "../model/error.ts";
import type { WantedMesh } from "../rendered/wanted-file.ts";
import { inFolder, type StateOptions, type Workplace } from "./workplace.ts";
import { writeAuthority } from "./write-authority.ts";

/** What enrolling takes for meshes. */
export interface MeshEnrolOptions {
  /** Who may decrypt authorities that lie in the repository, as `age1…`; none: whoever may now. */
  readonly recipients?: readonly string[];
  /** PEM files of a root that somebody brings, for the one cloud that is named. */
  readonly root?: { readonly certificate: string; readonly key: string };
}

/** What enrolling did for the mesh of a cloud; nothing in it is private. */
export interface MeshEnrolment {
  readonly cloud: string;
  readonly root: "created" | "unchanged";
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
 * @throws {@link CloudError} `KEY_STORE` where there can be no store; `INVALID` for a root that cannot be taken.
 */
export async function enrollMeshes(
  meshes: readonly WantedMesh[],
  { folder, state, recipients = [], root }: Workplace & StateOptions & MeshEnrolOptions,
): Promise<{ readonly meshes: readonly MeshEnrolment[]; readonly failures: readonly MeshFailure[] }> {
  const byCloud = Map.groupBy(
    meshes.filter(({ trust }) => trust !== "cert-manager"),
    ({ cloud }) => cloud,
  );
  if (byCloud.size === 0 && root === undefined) return { meshes: [], failures: [] };
  const store = await openMeshStore(inFolder(folder, state));
  const now = new Date();
  const imported = root === undefined ? undefined : await importRoot(store, [...byCloud.keys()], root, now);
  const enrolments: MeshEnrolment[] = [];
  const failures: MeshFailure[] = [];
  for (const [cloud, clusters] of byCloud) {
    try {
      const enrolment = await enrollMesh(store, cloud, clusters, { folder, recipients, now });
      enrolments.push({ ...enrolment, root: imported ?? enrolment.root });
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      failures.push({ cloud, ...failureOf(error, cloud) });
    }
  }
  return { meshes: enrolments, failures };
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
  const ensured = await store.ensureTrust({ cloud, clusters: encrypted, now, renew: "due" });
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
  clouds: readonly string[],
  { certificate, key }: Required<MeshEnrolOptions>["root"],
  now: Date,
): Promise<"created" | "unchanged"> {
  const [cloud] = clouds;
  if (cloud === undefined || clouds.length > 1) {
    const message = "is for one cloud with a mesh whose trust is ours; name that one";
    throw invalid([{ path: certificate, message }], "the root was not taken");
  }
  const [certificates, privateKey] = await Promise.all([
    brought(certificate, readText(certificate)),
    brought(key, readPrivateFile(key)),
  ]);
  return store.importRoot(cloud, readSigner(certificates, privateKey, now));
}

async function brought(path: string, reading: Promise<string | undefined>): Promise<BroughtFile> {
  const text = await reading;
  if (text !== undefined) return { path, text };
  throw invalid([{ path, message: "is not there" }], "the root was not taken");
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw invalid([{ path, message: `cannot be read (${code})` }], "the root was not taken");
  }
}
