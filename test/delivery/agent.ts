import { fieldsOf } from "../../src/engine/fields.ts";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import { fieldManagerOf } from "../../src/engine/owner-marks.ts";
import { clusterMarker } from "../../src/model/cluster-marker.ts";
import type { Engine } from "../../src/model/delivery.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { namespaceOf } from "./rendered.ts";

export const flux: Engine = { kind: "flux", namespace: "flux-system", unit: "cloud" };
export const argo: Engine = {
  kind: "argocd",
  namespace: "argocd",
  unit: "cloud",
  server: "https://kubernetes.default.svc",
};

/** The same cluster, delivered to by an agent. */
export function pulled(dist: RenderedCluster, engine: Engine = flux): RenderedCluster {
  const url = "https://git.example.com/fleet";
  const place = { kind: "git", repository: url, pullUrl: url, branch: "main", path: "clusters" } as const;
  const delivery = engine.kind === "flux" ? { ...place, engine } : { ...place, engine };
  const units = dist.units.map((unit) =>
    unit.cloud === undefined ? { ...unit, manifests: [...unit.manifests, clusterMarker(dist.file.name)] } : unit,
  );
  return { ...dist, file: { ...dist.file, delivery }, units };
}

/** What an agent does with a cluster's units: it applies by force, marks what it has, and keeps an object for each. */
export async function reconcile(
  cluster: FakeCluster,
  { file: { name: clusterName, delivery }, units }: RenderedCluster,
  engine: Engine = flux,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const agent = cluster.behind("agent", fieldManagerOf(engine.kind));
  const { labels: _, ...own } = namespaceOf("any", engine.namespace).metadata;
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: own });
  const names = units.map(({ name }) => name);
  const rendered =
    delivery.kind === "direct" ? undefined : engineManifests(delivery, clusterName, { units: names, manifests: [] });
  for (const { name, manifests } of units) {
    for (const manifest of manifests) await agent.apply(marked(engine, name, manifest), { force: true });
    const { apiVersion, kind, namespace = "", ...named } = liveUnitRef(engine, name);
    const labels = { [MANAGED_BY_LABEL]: MANAGED_BY };
    const fields = { ...fieldsOf(rendered?.get(name)?.["spec"]), prune: true, ...spec };
    await agent.apply({ apiVersion, kind, metadata: { ...named, namespace, labels }, spec: fields });
  }
}

/** A manifest as the agent of a unit writes it. */
export function marked(engine: Engine, unit: string, manifest: Manifest): Manifest {
  const { labels, annotations, name, namespace = "" } = manifest.metadata;
  const metadata =
    engine.kind === "flux"
      ? {
          labels: {
            ...labels,
            "kustomize.toolkit.fluxcd.io/name": unit,
            "kustomize.toolkit.fluxcd.io/namespace": engine.namespace,
          },
        }
      : {
          annotations: {
            ...annotations,
            "argocd.argoproj.io/tracking-id": `${unit}:/${manifest.kind}:${namespace}/${name}`,
          },
        };
  return { ...manifest, metadata: { ...manifest.metadata, ...metadata } };
}

/** Delete the agent's units, which leave behind what they hold. */
export function deleteUnits(cluster: FakeCluster, { units }: RenderedCluster, engine: Engine = flux): void {
  for (const { name } of units) cluster.remove(liveUnitRef(engine, name));
}

/** Field managers that have something of an object. */
export const managersOf = (cluster: FakeCluster, manifest: Manifest): readonly string[] =>
  (cluster.find(refOf(manifest))?.metadata.managedFields ?? []).map(({ manager = "" }) => manager);
