import type { AppOptions, SynthReport } from "./pipeline/app.ts";
import type { BootstrapReport } from "./pipeline/bootstrap-cluster.ts";
import type { DnsCheckOptions, DnsCheckReport } from "./pipeline/check-dns.ts";
import type { ClusterOptions, SelectionOptions } from "./pipeline/clusters.ts";
import type { RoleName, RolesReport } from "./pipeline/collect-roles.ts";
import type { DiffOptions, DiffReport } from "./pipeline/compare-base.ts";
import type { SyncOptions, SyncReport } from "./pipeline/deliver.ts";
import type { EncryptFileOptions, EncryptReport } from "./pipeline/encrypt-file.ts";
import type { MeshEnrolOptions } from "./pipeline/enroll-meshes.ts";
import type { EnrollReport } from "./pipeline/enroll-users.ts";
import type { PostSyncReport } from "./pipeline/give-access.ts";
import type { StatusReport } from "./pipeline/inspect-clusters.ts";
import type { PostSyncOptions } from "./pipeline/open-access.ts";
import type { PushSettings } from "./pipeline/push.ts";
import type { MeshRenderOptions, MeshRenderReport } from "./pipeline/render-meshes.ts";
import type { RenewTokensOptions } from "./pipeline/renew-tokens.ts";
import type { RotateMeshOptions, RotateMeshReport } from "./pipeline/rotate-mesh.ts";
import type { DnsShowReport } from "./pipeline/show-dns.ts";
import type { TerminateOptions, TerminateReport } from "./pipeline/terminate-cloud.ts";
import type { StateOptions, Workplace } from "./pipeline/workplace.ts";
import type { PullRequestFiles } from "./pipeline/write-pull-requests.ts";
import type { Forge } from "./repository/create-repository.ts";

export type {
  AppOptions,
  BootstrapReport,
  ClusterOptions,
  DiffOptions,
  DiffReport,
  DnsCheckOptions,
  DnsCheckReport,
  DnsShowReport,
  EncryptFileOptions,
  EncryptReport,
  EnrollReport,
  Forge,
  MeshRenderOptions,
  MeshRenderReport,
  PostSyncOptions,
  PostSyncReport,
  PullRequestFiles,
  PushSettings,
  RoleName,
  RolesReport,
  RotateMeshOptions,
  RotateMeshReport,
  StateOptions,
  StatusReport,
  SyncOptions,
  SyncReport,
  SynthReport,
  TerminateOptions,
  TerminateReport,
  Workplace,
};

export interface UpReport {
  readonly synth: SynthReport;
  readonly sync: SyncReport;
  readonly postSync: PostSyncReport;
}

/**
 * Write a new repository that synthesizes at once.
 *
 * @param contexts - Kubeconfig contexts, a cluster of the fleet for each; examples where there is none.
 * @param forge - Whose workflow files come along; none by default.
 * @returns Paths of its files, relative to the folder.
 * @throws {@link CloudError} `INVALID` where files are in the way; none is written then.
 */
export async function init(folder: string, contexts: readonly string[], forge?: Forge): Promise<readonly string[]> {
  const { createRepository } = await import("./repository/create-repository.ts");
  return createRepository(folder, contexts, forge);
}

/**
 * Make a key and a public request for each user whom the app wants to have one, and a root and authorities for each mesh.
 *
 * @param only - Each `cloud` or `cloud/user`; everybody where there is none.
 * @throws {@link CloudError} what the app fails with; `INVALID` for a name that is nobody's, and for a root that cannot be
 * taken; `KEY_STORE`
 */
export async function enroll(
  options: AppOptions & StateOptions & MeshEnrolOptions & { readonly only: readonly string[] },
): Promise<EnrollReport> {
  const [{ askWanted }, { enrollUsers }] = await Promise.all([
    import("./pipeline/app.ts"),
    import("./pipeline/enroll-users.ts"),
  ]);
  return enrollUsers(await askWanted(options), options.only, options);
}

/**
 * Run the app of cdk8s.yaml, so that dist/ is what clouds/ says.
 *
 * @throws {@link CloudError} `INVALID` with the app's own faults; `APP_FAILED`
 */
export async function synth(options: AppOptions): Promise<SynthReport> {
  const { renderApp } = await import("./pipeline/app.ts");
  return renderApp(options);
}

/**
 * What the working tree renders otherwise than a commit, in objects and in access. Neither dist/ nor the checkout is
 * touched, and no cluster is asked.
 *
 * @throws {@link CloudError} `INVALID` for a base that is not there, and what either app fails with.
 */
export async function diff(options: DiffOptions): Promise<DiffReport> {
  const { compareBase } = await import("./pipeline/compare-base.ts");
  return compareBase(options);
}

/**
 * Deliver dist/ to its clusters.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/. What fails on a cluster is in the report.
 */
export async function sync(options: SyncOptions): Promise<SyncReport> {
  const [{ readClusters }, { deliver }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/deliver.ts"),
  ]);
  return deliver(await readClusters(options), options);
}

/**
 * Write title and body of the pull requests that a {@link sync} has offered, for the forge's own command line.
 *
 * @throws {@link CloudError} `INVALID` where the folder cannot be written.
 */
export async function writePullRequests(report: SyncReport, folder: string): Promise<readonly PullRequestFiles[]> {
  const { writePullRequests: write } = await import("./pipeline/write-pull-requests.ts");
  return write(report.repositories, folder);
}

/**
 * Give each user of dist/ access to its clusters, and write their kubeconfigs.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/; `KEY_STORE`. What fails on a cluster is in the report.
 */
export async function postSync(options: PostSyncOptions): Promise<PostSyncReport> {
  const [{ readClusters }, { giveAccess }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/give-access.ts"),
  ]);
  const { selected, others } = await readClusters(options);
  return giveAccess(selected, others, options);
}

/**
 * Synth, then sync and post-sync on each cluster. Where a cloud could not be delivered, its users keep what they had.
 *
 * @throws {@link CloudError} as the three do.
 */
export async function up(options: AppOptions & SyncOptions & PostSyncOptions): Promise<UpReport> {
  const [{ readClusters }, { bringUp }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/bring-up.ts"),
  ]);
  const rendered = await synth(options);
  return { synth: rendered, ...(await bringUp(await readClusters(options), options)) };
}

/**
 * Look at the clusters of dist/, and at what the state folder holds of their users. Nothing is changed.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/; `KEY_STORE`. What cannot be read on a cluster is in the report.
 */
export async function status(options: ClusterOptions & StateOptions): Promise<StatusReport> {
  const [{ readClusters }, { inspectClusters }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/inspect-clusters.ts"),
  ]);
  return inspectClusters(await readClusters(options), options);
}

/**
 * Ask the DNS of each cluster for the names of clouds' zones. Nothing is changed.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/, and for a cloud without a zone there. What cannot be asked is in
 * the report.
 */
export async function dnsCheck(options: DnsCheckOptions): Promise<DnsCheckReport> {
  const [{ readClusters }, { checkDns }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/check-dns.ts"),
  ]);
  const { selected } = await readClusters(options);
  return checkDns(selected, options);
}

/**
 * The DNS configuration of clusters with the zones of all clouds in place. Nothing is changed.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/. What cannot be read is in the report.
 */
export async function dnsShow(options: ClusterOptions): Promise<DnsShowReport> {
  const [{ readClusters }, { showEachDns }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/show-dns.ts"),
  ]);
  const { selected } = await readClusters(options);
  return showEachDns(selected, options);
}

/**
 * Have helm render the charts of meshes whose installer is `manifests`.
 *
 * @throws {@link CloudError} `INVALID` where helm fails, or for a chart that is not what it should be; as the app fails.
 */
export async function meshRender(options: MeshRenderOptions): Promise<MeshRenderReport> {
  const { renderMeshes } = await import("./pipeline/render-meshes.ts");
  return renderMeshes(options);
}

/**
 * The least RBAC that each job needs on each cluster, from dist/ alone.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/.
 */
export async function roles(options: SelectionOptions & { readonly roles: readonly RoleName[] }): Promise<RolesReport> {
  const [{ readClusters }, { collectRoles }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/collect-roles.ts"),
  ]);
  const { selected } = await readClusters(options);
  return collectRoles(selected, options.roles);
}

/**
 * What an operator applies once to a cluster, so that its agent pulls what is delivered; from dist/ alone.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/, and for a cluster that it does not have or that does not pull.
 */
export async function bootstrap(options: Workplace & { readonly cluster: string }): Promise<BootstrapReport> {
  const [{ readCluster }, { bootstrapCluster }] = await Promise.all([
    import("./pipeline/clusters.ts"),
    import("./pipeline/bootstrap-cluster.ts"),
  ]);
  return bootstrapCluster(await readCluster(options.cluster, options));
}

/**
 * Lead a cloud out of its clusters: each call sees how far it is, and does what comes next.
 *
 * @throws {@link CloudError} as synth does, and `INVALID` for a cloud or namespace that there is not. What fails on a
 * cluster is in the report.
 */
export async function terminate(options: TerminateOptions): Promise<TerminateReport> {
  const { terminateCloud } = await import("./pipeline/terminate-cloud.ts");
  return terminateCloud(options);
}

/**
 * Rotate whom the workloads of a cloud's mesh trust: each call does what may be done by now.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/, and for a cloud without a mesh whose authorities are ours;
 * `KEY_STORE`. What fails on a cluster is in the report.
 */
export async function rotateMesh(options: RotateMeshOptions): Promise<RotateMeshReport> {
  const { rotateMesh: rotate } = await import("./pipeline/rotate-mesh.ts");
  return rotate(options);
}

/**
 * Renew the tokens by which the control planes of a cloud's mesh read each other's clusters: new before old.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/, and for a cloud without a mesh of its own. What fails on a cluster
 * is in the report.
 */
export async function renewTokens(options: RenewTokensOptions): Promise<PostSyncReport["meshes"]> {
  const { renewTokens: renew } = await import("./pipeline/renew-tokens.ts");
  return renew(options);
}

/**
 * Encrypt a Secret into clouds/secrets, for Flux to decrypt. It needs no app and no cluster.
 *
 * @throws {@link CloudError} `INVALID` for a wrong Secret, recipient or identity; `KEY_STORE`.
 */
export async function encrypt(options: EncryptFileOptions): Promise<EncryptReport> {
  const { encryptFile } = await import("./pipeline/encrypt-file.ts");
  return encryptFile(options);
}
