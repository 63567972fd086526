import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { meshed } from "../delivery/meshed.ts";
import { cloudObjects, meta, rendered } from "../delivery/rendered.ts";
import type { Admission } from "../lab/admission.ts";
import { waitFor } from "../lab/wait.ts";
import { labCrd, labMesh, setRunning } from "./lab-mesh.ts";

const mesh = labMesh("shop");

/** A control plane that runs until it falls, and whoever is asked for the objects of its cloud. */
export class RepairScene {
  /** Of a user, in a namespace of the cloud. */
  readonly ofUser: Manifest = {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: meta("shop", "ingress", "shop"),
  };
  readonly broken: RenderedCluster;
  /** The control plane has another image, and a user something new. */
  readonly repaired: RenderedCluster;
  readonly #api: KubeApi;
  readonly #admission: Admission;

  constructor(api: KubeApi, admission: Admission) {
    this.#api = api;
    this.#admission = admission;
    this.broken = this.#dist("istiod:bad", []);
    this.repaired = this.#dist("istiod:good", [this.ofUser]);
  }

  #dist(image: string, ofUsers: readonly Manifest[]): RenderedCluster {
    const changed = (manifest: Manifest): Manifest => {
      if (manifest === mesh.controlPlane) return withImage(manifest, image);
      return manifest === mesh.validator ? withClient(manifest, this.#admission) : manifest;
    };
    const clouds = rendered({ shop: [...cloudObjects("shop"), ...ofUsers] }, { name: this.#api.cluster });
    const cluster = meshed(
      clouds,
      mesh.units.map((unit) => ({ ...unit, manifests: unit.manifests.map(changed) })),
    );
    const units = cluster.units.map((unit) => (unit.name === "lc-platform" ? { ...unit, manifests: [labCrd] } : unit));
    return { ...cluster, units };
  }

  /** The control plane runs, and answers. */
  async run(): Promise<void> {
    this.#admission.isUp = true;
    await setRunning(this.#api, mesh, true);
  }

  /** It does not any more. */
  async fall(): Promise<void> {
    this.#admission.isUp = false;
    await setRunning(this.#api, mesh, false);
    const isRefused = (): Promise<true | undefined> =>
      this.#api.apply(this.ofUser, { dryRun: true }).then(
        () => undefined,
        () => true,
      );
    await waitFor("nobody admits objects of users", isRefused);
  }

  /** Of the control plane; undefined where there is none. */
  async image(): Promise<string | undefined> {
    const live = await this.#api.get(refOf(mesh.controlPlane));
    return IMAGE.exec(JSON.stringify(live?.["spec"] ?? {}))?.[1];
  }
}

const IMAGE = /"image":"([^"]*)"/;

const withImage = (deployment: Manifest, image: string): Manifest =>
  JSON.parse(JSON.stringify(deployment).replace(IMAGE, `"image":"${image}"`));

function withClient(configuration: Manifest, { clientConfig }: Admission): Manifest {
  const webhooks = configuration["webhooks"] as readonly object[];
  return { ...configuration, webhooks: webhooks.map((each) => ({ ...each, clientConfig })) };
}
