import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { emitWarning, env } from "node:process";
import type { Fleet, LabelValues } from "../definition/fleet.ts";
import { FleetRoot } from "../definition/fleet-root.ts";
import { LogicalCloud } from "../definition/logical-cloud.ts";
import { type FieldsOf, must, shapeFaults, text } from "../definition/shape.ts";
import { meshCost } from "../mesh/mesh-cost.ts";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import { formatAppReport } from "../rendered/app-report.ts";
import { formatWantedFile, type WantedUser } from "../rendered/wanted-file.ts";
import { writeDist } from "../rendered/write-dist.ts";
import type { CertificateRequest } from "../x509/request.ts";
import { checkConstructs } from "./check-constructs.ts";
import { CONSTRUCT_METADATA, formatConstructMetadata } from "./construct-metadata.ts";
import { Identities } from "./identities.ts";
import { MeshFiles } from "./mesh-files.ts";
import { isDedicatedMesh } from "./meshes.ts";
import { type RenderedFleet, renderFleet } from "./render-fleet.ts";
import { claimFolder, findReportFile, joinRun, noteWritten, reportRefusal, wasRefused } from "./report-refusal.ts";
import { Terminations } from "./terminations.ts";
import { wantedCharts, wantedMeshes } from "./wanted-meshes.ts";
import { wantedUsers } from "./wanted-users.ts";

/** By which readers tell our warnings from Node's. */
const WARNING_TYPE = "LcloudWarning";

/** More would only fill logs: to warn of every tenant's editors at every synth is to warn of none. */
const MAX_WARNINGS = 10;

export interface FleetAppProps<C extends string = string, L extends LabelValues = LabelValues> {
  /** The clusters; see `defineFleet`. */
  readonly fleet: Fleet<C, L>;
  /** Where manifests are written. @default `CDK8S_OUTDIR`, then "dist" */
  readonly outdir?: string;
  /** Folder of users' public certificate requests, which `lcloud enroll` writes. @default "clouds/identities" */
  readonly identities?: string;
  /** Folder of what `lcloud mesh render` makes. @default "clouds/meshes" */
  readonly meshes?: string;
}

/** The app of cdk8s.yaml: make clouds in it, then {@link synth} writes what each cluster is to hold. */
export class FleetApp<C extends string = string, L extends LabelValues = LabelValues> extends FleetRoot<C, L> {
  readonly #identities: Identities;
  readonly #meshFiles: MeshFiles;
  #warnings: readonly Fault[] = [];

  /** @throws {@link CloudError} `INVALID` if the props or the fleet are not what their types say; all other faults are told at synth. */
  constructor(props: FleetAppProps<C, L>) {
    checkProps(props);
    const { fleet, outdir, identities = "clouds/identities", meshes = "clouds/meshes" } = props;
    super(fleet, outdir === undefined ? {} : { outdir });
    this.#identities = new Identities(identities);
    this.#meshFiles = new MeshFiles(meshes);
    joinRun(this);
  }

  /** @internal */
  override findRequest(cloud: string, user: string): CertificateRequest | undefined {
    return this.#identities.find(cloud, user);
  }

  /**
   * What is allowed, and had better be known: users with `edit` or `admin`, who can undo some of what is rendered, and
   * quotas that refuse pods which name no value.
   * lcloud tells them; where cdk8s-cli runs the app, the process warns of them.
   *
   * @returns Of the last {@link synth}; empty before.
   */
  get warnings(): readonly Fault[] {
    return this.#warnings;
  }

  /**
   * Check everything, render everything, then bring the output folder to it: only what changed is written.
   *
   * With `LCLOUD_WANTED=<file>` it checks everything but what is made by other verbs (certificate requests, rendered
   * charts), and only writes what is wanted of it. With
   * `LCLOUD_REPORT=<file>` it writes there what it did, or the faults.
   *
   * @throws {@link CloudError} `INVALID` with all faults at once; nothing was written then.
   */
  override synth(): void {
    try {
      this.#synthesize();
    } catch (error) {
      if (error instanceof CloudError) reportRefusal(error);
      throw error;
    }
  }

  #synthesize(): void {
    const clouds = this.node.children.filter(LogicalCloud.isLogicalCloud).sort(byId);
    const names = clouds.map(({ node }) => node.id);
    const terminations = new Terminations(this.#identities.folder);
    const users = wantedUsers(clouds.filter(({ node }) => terminations.stepOf(node.id) === undefined));
    const wantedFile = env["LCLOUD_WANTED"] || undefined;
    const faults = [
      ...checkConstructs(this),
      ...terminations.faultsOf(names),
      ...(wantedFile === undefined ? this.#identities.faultsOf(users) : []),
    ];
    const rendered = renderFleet(this, clouds, terminations, wantedFile === undefined ? this.#meshFiles : undefined);
    faults.push(...rendered.faults);
    if (faults.length > 0) throw invalid(faults, "nothing was written");
    const warnings = [...terminations.warningsOf(names), ...rendered.warnings];
    this.#warnings = warnings;
    // whoever runs the app is told that nothing was written
    if (wasRefused()) return;
    if (wantedFile === undefined) this.#write({ ...rendered, warnings });
    else this.#writeWanted(wantedFile, names, users, rendered);
  }

  #writeWanted(path: string, clouds: readonly string[], users: readonly WantedUser[], { meshes }: RenderedFleet): void {
    const { folder } = this.#meshFiles;
    const wanted = { meshes: wantedMeshes(meshes, folder), charts: wantedCharts(meshes, folder) };
    writeFileSync(
      path,
      formatWantedFile({ version: 1, identities: this.#identities.folder, clouds, users, ...wanted }),
    );
  }

  #write({ files, clouds, meshes, warnings }: RenderedFleet): void {
    const isRunByTool = env["CDK8S_OUTDIR"] !== undefined;
    if (isRunByTool) this.#claimOutdir();
    const written = writeDist(this.outdir, files);
    noteWritten();
    if (env["CDK8S_RECORD_CONSTRUCT_METADATA"] === "true") {
      writeFileSync(join(this.outdir, CONSTRUCT_METADATA), formatConstructMetadata(clouds));
    }
    const reportFile = findReportFile();
    if (reportFile !== undefined) {
      const outdir = resolve(this.outdir);
      const cost = meshCost([...meshes.values()].flat().filter(isDedicatedMesh));
      const report = { version: 1, kind: "rendered", outdir, ...written, warnings } as const;
      writeFileSync(reportFile, formatAppReport(cost === undefined ? report : { ...report, meshes: cost }));
    } else if (isRunByTool && warnings.length > 0) {
      emitWarning(formatWarnings(warnings), WARNING_TYPE);
    }
  }

  /** What one app does not render is stale to it: two in one run would remove each other's files. */
  #claimOutdir(): void {
    if (claimFolder(resolve(this.outdir), this)) return;
    const message = `another FleetApp has written to "${this.outdir}"; make one, with the clusters and clouds of both`;
    throw invalid([{ path: "app", message }], "nothing more was written");
  }
}

/** {@link FleetAppProps} at run time; what the fleet holds is checked by FleetRoot. */
const PROPS: FieldsOf<FleetAppProps> = {
  fleet: must({ fields: [], any: true }),
  outdir: text,
  identities: text,
  meshes: text,
};

function checkProps(props: unknown): void {
  const faults = shapeFaults(props, { fields: [PROPS] }, "");
  if (faults.length === 0) return;
  throw invalid(
    faults.map((message) => ({ path: "app", message })),
    "nothing was made",
  );
}

function formatWarnings(warnings: readonly Fault[]): string {
  const lines = warnings.slice(0, MAX_WARNINGS).map(({ path, message }) => `  ${path}: ${message}`);
  const more = warnings.length - lines.length;
  return [
    `${warnings.length} ${warnings.length === 1 ? "thing" : "things"} to know of what was rendered`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more: see the app's warnings`] : []),
  ].join("\n");
}

/** The type of the app of a fleet, for functions that take one. */
export type FleetAppOf<F> = F extends Fleet<infer C, infer L> ? FleetApp<C, L> : never;

const byId = (a: LogicalCloud, b: LogicalCloud): number => (a.node.id < b.node.id ? -1 : 1);
