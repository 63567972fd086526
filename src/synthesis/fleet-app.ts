import { writeFileSync } from "node:fs";
import { env } from "node:process";
import type { Fleet, LabelValues } from "../definition/fleet.ts";
import { FleetRoot } from "../definition/fleet-root.ts";
import { LogicalCloud } from "../definition/logical-cloud.ts";
import { type Fault, invalid } from "../model/error.ts";
import { formatWantedFile } from "../rendered/wanted-file.ts";
import { writeDist } from "../rendered/write-dist.ts";
import type { CertificateRequest } from "../x509/request.ts";
import { checkConstructs } from "./check-constructs.ts";
import { Identities } from "./identities.ts";
import { renderFleet } from "./render-fleet.ts";
import { wantedUsers } from "./wanted-users.ts";

export interface FleetAppProps<C extends string = string, L extends LabelValues = LabelValues> {
  /** The clusters; see `defineFleet`. */
  readonly fleet: Fleet<C, L>;
  /** Where manifests are written. @default `CDK8S_OUTDIR`, then "dist" */
  readonly outdir?: string;
  /** Folder of users' public certificate requests, which `lcloud enroll` writes. @default "clouds/identities" */
  readonly identities?: string;
}

/** The app of cdk8s.yaml: make clouds in it, then {@link synth} writes what each cluster is to hold. */
export class FleetApp<C extends string = string, L extends LabelValues = LabelValues> extends FleetRoot<C, L> {
  readonly #identities: Identities;
  #warnings: readonly Fault[] = [];

  constructor({ fleet, outdir, identities = "clouds/identities" }: FleetAppProps<C, L>) {
    super(fleet, outdir === undefined ? {} : { outdir });
    this.#identities = new Identities(identities);
  }

  /** @internal */
  override findRequest(cloud: string, user: string): CertificateRequest | undefined {
    return this.#identities.find(cloud, user);
  }

  /**
   * What users may do that undoes some of what is rendered, and is allowed all the same: the roles `edit` and `admin`.
   *
   * @returns Of the last {@link synth}; empty before.
   */
  get warnings(): readonly Fault[] {
    return this.#warnings;
  }

  /**
   * Check everything, render everything, then bring the output folder to it: only what changed is written.
   *
   * With `LCLOUD_WANTED=<file>` it checks everything but certificate requests, and only writes who needs one.
   *
   * @throws {@link CloudError} `INVALID` with all faults at once; nothing was written then.
   */
  override synth(): void {
    const app = this as unknown as FleetRoot;
    const clouds = this.node.children.filter(LogicalCloud.isLogicalCloud).sort(byId);
    const wanted = wantedUsers(clouds);
    const wantedFile = env["LCLOUD_WANTED"];
    const { files, faults, warnings } = renderFleet(app, clouds);
    this.#warnings = warnings;
    const all = [
      ...checkConstructs(app),
      ...(wantedFile === undefined ? this.#identities.faultsOf(wanted) : []),
      ...faults,
    ];
    if (all.length > 0) throw invalid(all, "nothing was written");
    if (wantedFile !== undefined) {
      writeFileSync(wantedFile, formatWantedFile({ version: 1, identities: this.#identities.folder, users: wanted }));
    } else {
      writeDist(this.outdir, files);
    }
  }
}

/** The type of the app of a fleet, for functions that take one. */
export type FleetAppOf<F> = F extends Fleet<infer C, infer L> ? FleetApp<C, L> : never;

const byId = (a: LogicalCloud, b: LogicalCloud): number => (a.node.id < b.node.id ? -1 : 1);
