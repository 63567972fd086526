import type { FluxDelivery, GitDelivery, OciDelivery } from "../model/delivery.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isPlainHost, parseOciUrl } from "../model/oci-names.ts";
import type { Ref } from "../model/ref.ts";
import { clusterFolder } from "./repository-path.ts";
import type { EngineUnit } from "./units.ts";

/** Name of what `lcloud bootstrap` prints: the source, and the Kustomization that holds the units. */
const ROOT = "logical-clouds";

const KUSTOMIZE = "kustomize.toolkit.fluxcd.io/v1";
const SOURCE = "source.toolkit.fluxcd.io/v1";

/**
 * The Kustomization of one unit. It prunes what is gone from its folder, waits for what it applies, and never deletes to
 * apply anew.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function fluxUnit(delivery: FluxDelivery, cluster: string, { name, folder, dependsOn }: EngineUnit): Manifest {
  const { decryptionSecret, release } = delivery.engine;
  return kustomization(delivery, name, `${fluxPath(delivery, cluster)}/${folder}`, {
    wait: true,
    timeout: "3m",
    ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((unit) => ({ name: unit })) }),
    ...(release === undefined ? {} : { deletionPolicy: "Orphan" }),
    ...(decryptionSecret === undefined
      ? {}
      : { decryption: { provider: "sops", secretRef: { name: decryptionSecret } } }),
  });
}

/**
 * What an operator applies once: the source, where none is there, and the Kustomization that holds the units. When that is
 * deleted, the units stay.
 */
export function fluxBootstrap(delivery: FluxDelivery, cluster: string): readonly Manifest[] {
  const root = kustomization(delivery, ROOT, `${fluxPath(delivery, cluster)}/flux`, { deletionPolicy: "Orphan" });
  return delivery.engine.source === undefined ? [source(delivery, cluster), root] : [root];
}

/** What units depend on in a cluster: their source, then their root. */
export function fluxRoots(delivery: FluxDelivery): readonly Ref[] {
  const { namespace, source: existing } = delivery.engine;
  return [
    { apiVersion: SOURCE, kind: sourceKind(delivery), namespace, name: existing ?? ROOT },
    { apiVersion: KUSTOMIZE, kind: "Kustomization", namespace, name: ROOT },
  ];
}

function kustomization(
  delivery: FluxDelivery,
  name: string,
  path: string,
  fields: Readonly<Record<string, unknown>>,
): Manifest {
  const { namespace, source: existing } = delivery.engine;
  return {
    apiVersion: KUSTOMIZE,
    kind: "Kustomization",
    metadata: { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: {
      interval: "60m",
      retryInterval: "2m",
      ...fields,
      prune: true,
      force: false,
      path,
      sourceRef: { kind: sourceKind(delivery), name: existing ?? ROOT },
    },
  };
}

/** Kind of what Flux pulls from. */
export const sourceKind = ({ kind }: FluxDelivery): string => (kind === "git" ? "GitRepository" : "OCIRepository");

/** An artifact holds one cluster alone. */
const fluxPath = (delivery: FluxDelivery, cluster: string): string =>
  delivery.kind === "git" ? `./${clusterFolder(delivery.path, cluster)}` : ".";

/** @see https://fluxcd.io/flux/components/source/gitrepositories/ */
function source(delivery: FluxDelivery, cluster: string): Manifest {
  const { namespace, secret, verificationSecret } = delivery.engine;
  return {
    apiVersion: SOURCE,
    kind: sourceKind(delivery),
    metadata: { name: ROOT, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: {
      interval: "1m",
      ...(delivery.kind === "git"
        ? { url: delivery.pullUrl, ref: { branch: delivery.branch }, ignore: ignoreOthers(delivery, cluster) }
        : { url: `${delivery.repository}/${cluster}`, ref: { tag: delivery.tag }, ...transport(delivery) }),
      ...(secret === undefined ? {} : { secretRef: { name: secret } }),
      ...(verificationSecret === undefined
        ? {}
        : { verify: { mode: "HEAD", secretRef: { name: verificationSecret } } }),
    },
  };
}

/**
 * Nothing but the cluster's folder goes to its units, which unpack all of it each time. It also overrules any
 * `.sourceignore` of the repository, and what Flux leaves out unasked.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#ignore
 */
const ignoreOthers = ({ path }: GitDelivery, cluster: string): string => `/*\n!/${clusterFolder(path, cluster)}\n`;

/** As `lcloud sync` speaks with the registry. */
function transport({ repository }: OciDelivery): { readonly insecure?: true } {
  const host = parseOciUrl(repository)?.host;
  return host !== undefined && isPlainHost(host) ? { insecure: true } : {};
}
