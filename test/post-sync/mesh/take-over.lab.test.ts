import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRoot } from "../../../src/keys/make-authority.ts";
import { cacertsFor, type MeshSigner } from "../../../src/keys/mesh-trust.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { istiodChart } from "../../../src/mesh/charts.ts";
import { namespaceManifest } from "../../../src/mesh/mesh-namespace.ts";
import { istiodValues } from "../../../src/mesh/values.ts";
import { lookAtTrust } from "../../../src/post-sync/mesh/look-at-trust.ts";
import { readAuthority } from "../../../src/x509/authority.ts";
import { connectTo } from "../../delivery/lab-cluster.ts";
import { applyCrds, applyManifests } from "../../lab/api.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { helmTemplate, type Istiods, istioCrds, startIstiods } from "../../lab/istio.ts";
import { waitFor } from "../../lab/wait.ts";
import { exampleSpec } from "../../mesh/example-spec.ts";
import { CACERTS_OF, codesOf, MESH, meshRun, renderedMeshes } from "./mesh-scene.ts";

const DAY_MS = 24 * 3_600_000;
const ISSUER: MeshSigner = { ...makeRoot("offline", new Date(Date.now() - DAY_MS)), isBrought: true };

let lab: Lab<"m1">;
let api: KubeApi;
let istiods: Istiods<"shop">;

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }]);
  api = await connectTo(lab, "m1");
  await applyCrds(lab.clusters.m1, [await istioCrds()]);
  istiods = await startIstiods(lab.clusters.m1, ["shop"]);
});

afterAll(async () => {
  await istiods?.stop();
  api?.close();
  await lab?.stop();
});

/** The keys that cert-manager gives a Secret, of an authority that began a while ago. @returns when that ends */
async function issue(): Promise<Date> {
  const { store } = await meshRun([]);
  await store.importRoot("shop", ISSUER);
  const wanted = { cluster: "m1", trustDomain: MESH.trustDomain, nameConstraints: false };
  const { trust } = await store.ensureTrust({ cloud: "shop", clusters: [wanted], now: new Date(Date.now() - DAY_MS) });
  const { certChain, caCert, caKey, rootCert } = cacertsFor(trust, "m1");
  const metadata = { name: "cacerts", namespace: "istio-shop" };
  const stringData = { "tls.crt": certChain, "tls.key": caKey, "ca.crt": rootCert };
  await api.create({ apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls", stringData });
  return readAuthority(caCert).notAfter;
}

const toSeconds = (date: Date | undefined): number => Math.floor((date?.getTime() ?? 0) / 1000);

/** When the authority ends that istiod signs with, once that is seen. */
const serving = (what: string, isRight: (end: number) => boolean): Promise<number> =>
  waitFor(what, async () => {
    const live = await lookAtTrust(api, "shop", []);
    const end = live.kind === "live" ? toSeconds(live.serving[0]) : 0;
    return isRight(end) ? end : undefined;
  });

test("an istiod that has signed below cert-manager's authority goes on with ours, of the same root, without a restart", async () => {
  const spec = exampleSpec("shop", { cni: true });
  const { name, namespace } = istiodChart(spec);
  await api.apply(namespaceManifest(spec));
  const chart = await helmTemplate({ chart: "istiod", release: name, namespace, values: istiodValues(spec) });
  const end = toSeconds(await issue());
  await applyManifests(lab.clusters.m1, chart);
  await istiods.clouds.shop.ready();
  await serving("cert-manager's authority", (each) => each === end);
  const started = await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace });

  const { run, store } = await meshRun([]);
  await store.importRoot("shop", ISSUER);
  const access = { kubeconfig: lab.kubeconfig, context: "m1" };
  const fleet = [renderedMeshes("m1", { shop: MESH }, { access })];
  const options = { connect: () => connectTo(lab, "m1"), timeoutMs: 5000 };
  expect(codesOf(await run([], fleet, options))).toEqual({ m1: ["NOT_OURS"] });
  const theirs = await api.get(CACERTS_OF("shop"));
  await api.delete(CACERTS_OF("shop"), { uid: theirs?.metadata.uid ?? "" });
  expect(await run([], fleet, options)).toMatchObject([{ failures: [], meshes: [{ trust: "created" }] }]);
  await serving("our authority", (each) => each > end);
  const pods = await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
  expect(pods.map(({ metadata: { uid } }) => uid)).toEqual(started.map(({ metadata: { uid } }) => uid));
});
