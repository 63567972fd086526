import type { ArgoEngine, Delivery, Engine, FluxEngine, UnitScope } from "../model/delivery.ts";
import { asUrl } from "../model/git-names.ts";
import { defined } from "./defined.ts";

/**
 * - `"direct"`: server-side apply by `lcloud sync`
 * - `{ git }`: a commit that Flux or Argo CD in the cluster pulls
 * - `{ oci }`: an artifact that Flux in the cluster pulls
 */
export type DeliveryProps = "direct" | { readonly git: GitDeliveryProps } | { readonly oci: OciDeliveryProps };

/** Of one cluster: what differs from the fleet's. */
export type ClusterDeliveryProps =
  | "direct"
  | { readonly git: Partial<GitDeliveryProps> }
  | { readonly oci: Partial<OciDeliveryProps> };

export interface GitDeliveryProps {
  /** Where `lcloud sync` pushes, as `git clone` takes it; no credential in it. */
  readonly repository: string;
  /** Who pulls. */
  readonly engine: Engine["kind"];
  /** From where it pulls, for example over https what is pushed over ssh. @default the repository */
  readonly pullUrl?: string;
  /** @default "main" */
  readonly branch?: string;
  /** Folder that holds the clusters' folders; `"."` is the root. @default "clusters" */
  readonly path?: string;
  /** Whether each cloud is reconciled by itself, or all of a cluster at once: for more than some 50 clouds. @default "cloud" */
  readonly unit?: UnitScope;
  /**
   * Have the agent leave behind what it holds when its units are deleted: the way back to `"direct"`. @default false
   */
  readonly release?: boolean;
  /** @default {} */
  readonly flux?: FluxProps;
  /** @default {} */
  readonly argocd?: ArgoProps;
}

export interface OciDeliveryProps {
  /** `oci://host/name`; each cluster gets `<repository>/<cluster>`. */
  readonly repository: string;
  /** @default "latest" */
  readonly tag?: string;
  /** As with git. @default "cloud" */
  readonly unit?: UnitScope;
  /** As with git. @default false */
  readonly release?: boolean;
  /** @default {} */
  readonly flux?: Omit<FluxProps, "verificationSecret">;
}

export interface FluxProps {
  /** @default "flux-system" */
  readonly namespace?: string;
  /** Name of a GitRepository or OCIRepository that is there already. @default one that `lcloud bootstrap` prints */
  readonly source?: string;
  /** Name of the Secret with which Flux reads the source that `lcloud bootstrap` prints. @default none: it is public */
  readonly secret?: string;
  /**
   * Name of the Secret with the public keys (`*.sshpub`, `*.asc`) of those who may sign what Flux takes from git. Flux
   * takes nothing else then. @default none: signatures are not asked for
   */
  readonly verificationSecret?: string;
  /** Name of the Secret with the age keys of what SOPS has encrypted. @default none */
  readonly decryptionSecret?: string;
}

export interface ArgoProps {
  /** @default "argocd" */
  readonly namespace?: string;
  /** How the Argo CD in the cluster calls it. @default "https://kubernetes.default.svc" */
  readonly server?: string;
}

/** What a cluster says of its delivery, over what the fleet says; undefined where a field is missing. */
export type MergedDelivery =
  | { readonly kind: "direct" }
  | { readonly kind: "git"; readonly git: Partial<GitDeliveryProps> }
  | { readonly kind: "oci"; readonly oci: Partial<OciDeliveryProps> };

export function mergeDelivery(
  ofCluster: ClusterDeliveryProps | undefined,
  ofFleet: DeliveryProps | undefined,
): MergedDelivery {
  const chosen = ofCluster ?? ofFleet ?? "direct";
  if (chosen === "direct") return { kind: "direct" };
  const [own, base] = [fieldsOf(ofCluster), fieldsOf(ofFleet)];
  return "git" in chosen
    ? { kind: "git", git: mergeGit(own.git ?? {}, base.git ?? {}) }
    : { kind: "oci", oci: mergeOci(own.oci ?? {}, base.oci ?? {}) };
}

interface DeliveryFields {
  readonly git?: Partial<GitDeliveryProps>;
  readonly oci?: Partial<OciDeliveryProps>;
}

const fieldsOf = (props: ClusterDeliveryProps | undefined): DeliveryFields =>
  props === undefined || props === "direct" ? {} : props;

/** From where the agent pulls belongs to the repository, and options to the engine. */
function mergeGit(own: Partial<GitDeliveryProps>, base: Partial<GitDeliveryProps>): Partial<GitDeliveryProps> {
  const { pullUrl, flux, argocd, ...under } = defined(base);
  const fields = defined(own);
  const engine = fields.engine ?? under.engine;
  return {
    ...under,
    ...(pullUrl === undefined || fields.repository !== undefined ? {} : { pullUrl }),
    ...fields,
    flux: { ...(engine === "argocd" ? {} : defined(flux ?? {})), ...defined(fields.flux ?? {}) },
    argocd: { ...(engine === "flux" ? {} : defined(argocd ?? {})), ...defined(fields.argocd ?? {}) },
  };
}

const mergeOci = (own: Partial<OciDeliveryProps>, base: Partial<OciDeliveryProps>): Partial<OciDeliveryProps> => ({
  ...defined(base),
  ...defined(own),
  flux: { ...defined(base.flux ?? {}), ...defined(own.flux ?? {}) },
});

/** With every default filled in; what must be given and is not, is empty: a fault tells of it. */
export function resolveDelivery(merged: MergedDelivery): Delivery {
  switch (merged.kind) {
    case "direct":
      return { kind: "direct" };
    case "git": {
      const { repository = "", branch = "main", path = "clusters", pullUrl = asUrl(repository) } = merged.git;
      const place = { kind: "git", repository, pullUrl, branch, path } as const;
      const { engine, unit = "cloud", release = false, flux, argocd } = merged.git;
      if (engine === "argocd") return { ...place, engine: argoEngine({ unit, release }, argocd) };
      return { ...place, engine: fluxEngine({ unit, release }, flux) };
    }
    case "oci": {
      const { repository = "", tag = "latest", unit = "cloud", release = false, flux } = merged.oci;
      return { kind: "oci", repository, tag, engine: fluxEngine({ unit, release }, flux) };
    }
  }
}

/** What the units of both engines have. */
interface Units {
  readonly unit: UnitScope;
  readonly release: boolean;
}

const unitFields = ({ unit, release }: Units): Pick<FluxEngine, "unit" | "release"> =>
  release ? { unit, release } : { unit };

const fluxEngine = (units: Units, { namespace = "flux-system", ...names }: FluxProps = {}): FluxEngine => ({
  kind: "flux",
  namespace,
  ...unitFields(units),
  ...defined(names),
});

const argoEngine = (
  units: Units,
  { namespace = "argocd", server = "https://kubernetes.default.svc" }: ArgoProps = {},
): ArgoEngine => ({ kind: "argocd", namespace, ...unitFields(units), server });
