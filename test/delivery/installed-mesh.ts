import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { BASE_VALUES, baseChart, istiodChart, istiodRelease } from "../../src/mesh/charts.ts";
import { controlPlane, fluxPlatform } from "../../src/mesh/control-plane.ts";
import { chartInjectorName, chartValidatorName } from "../../src/mesh/names.ts";
import { istiodValues } from "../../src/mesh/values.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { type Ref, refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { helmTemplate } from "../lab/istio-charts.ts";
import { exampleSpec } from "../mesh/example-spec.ts";
import { labMesh, setRunning } from "../post-sync/lab-mesh.ts";
import { meshed } from "./meshed.ts";
import { cloudObjects, meta, rendered } from "./rendered.ts";

const NAMESPACE = "flux-system";
const VERSION = "1.31.1";
const REPOSITORY = "https://charts.example";
const HELM_RELEASE = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" } as const;
const WEBHOOKS = "admissionregistration.k8s.io/v1";

/** A mesh of cloud shop, installed by the real charts in one of two ways; its control plane is said to run at once. */
export class InstalledMesh implements AsyncDisposable {
  /** dist/ where the cloud has no mesh. */
  readonly none: RenderedCluster = rendered({ shop: cloudObjects("shop") }, { name: "flux" });
  readonly #mesh = labMesh("shop");
  readonly #api: KubeApi;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(api: KubeApi) {
    this.#api = api;
    this.#running = this.#run();
  }

  /** dist/ where this installer has the control plane and CRDs. */
  async by(installer: "flux" | "manifests"): Promise<RenderedCluster> {
    const { namespace, validator, gateway, policy } = this.#mesh;
    const { platform, control } = installer === "flux" ? byFlux() : await byManifests();
    const { units, ...file } = meshed(this.none, [
      { name: "lc-mesh-shop", cloud: "shop", manifests: [namespace, validator, ...control] },
      { name: "lc-gateway-shop", cloud: "shop", manifests: [gateway, policy] },
    ]);
    const all = units.map((unit) => (unit.name === "lc-platform" ? { ...unit, manifests: platform } : unit));
    return { ...file, units: all };
  }

  /** Of a CRD, then of the control plane and its webhooks; undefined for what is not there. */
  async uids(): Promise<readonly (string | undefined)[]> {
    return (await this.#found()).map((live) => live?.metadata.uid);
  }

  /** Who says that he manages these. */
  async owners(): Promise<readonly (string | undefined)[]> {
    return (await this.#found()).map((live) => live?.metadata.labels?.[MANAGED_BY_LABEL]);
  }

  async releases(): Promise<readonly string[]> {
    return (await this.#api.list(HELM_RELEASE)).map(({ metadata }) => metadata.name);
  }

  /** Whether Helm has uninstalled it, and nobody has made it anew. */
  async isUninstalled(): Promise<boolean> {
    const [, ...found] = await this.uids();
    return found.every((uid) => uid === undefined) && (await this.releases()).length === 0;
  }

  /** As `flux suspend helmrelease` does. */
  async suspend(): Promise<void> {
    const name = istiodRelease("shop");
    const live = await this.#api.get({ ...HELM_RELEASE, namespace: NAMESPACE, name });
    if (live === undefined) throw new Error("there is no HelmRelease");
    await this.#api.replace({ ...live, spec: { ...(live["spec"] as object), suspend: true } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  #found(): Promise<readonly (LiveManifest | undefined)[]> {
    const refs: readonly Ref[] = [
      { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "gateways.networking.istio.io" },
      refOf(this.#mesh.controlPlane),
      { apiVersion: WEBHOOKS, kind: "MutatingWebhookConfiguration", name: chartInjectorName("shop") },
      { apiVersion: WEBHOOKS, kind: "ValidatingWebhookConfiguration", name: chartValidatorName("shop") },
    ];
    return Promise.all(refs.map((ref) => this.#api.get(ref)));
  }

  /** Nobody runs pods in a lab, and whoever installs a control plane waits for them. */
  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      // it is not there, or somebody has written it meanwhile
      await setRunning(this.#api, this.#mesh, true).catch(() => {});
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  }
}

const byFlux = () => ({
  platform: fluxPlatform(VERSION, REPOSITORY, NAMESPACE, "ours"),
  control: controlPlane(exampleSpec("shop", { installer: "flux", agentNamespace: NAMESPACE })),
});

async function byManifests() {
  const spec = exampleSpec("shop");
  const [base, istiod] = [baseChart(VERSION, REPOSITORY), istiodChart(spec)];
  const ofBase = await helmTemplate({
    chart: "base",
    release: base.name,
    namespace: base.namespace,
    values: BASE_VALUES,
  });
  const { name: release, namespace } = istiod;
  const ofIstiod = await helmTemplate({ chart: "istiod", release, namespace, values: istiodValues(spec) });
  return {
    platform: ofBase.map((manifest) => ours(manifest, { [MANAGED_BY_LABEL]: MANAGED_BY })),
    control: ofIstiod.map((manifest) => ours(manifest, meta("shop", "").labels ?? {})),
  };
}

/** As synthesis writes what helm has made. */
const ours = (manifest: Manifest, labels: Readonly<Record<string, string>>): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, ...labels } },
});
