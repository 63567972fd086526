import { X509Certificate } from "node:crypto";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { cacertsOf, fingerprintsOf, rootsOf } from "../../mesh/bundle.ts";
import { authorityEndOf } from "../../mesh/istiod-metrics.ts";
import type { LiveAuthority, LiveTrust } from "../../mesh/live-trust.ts";
import { CACERTS, ISTIOD_PODS, meshNamespace, ROOT_CONFIG_MAP, ROOTS_KEY } from "../../mesh/names.ts";
import { failureOf } from "../../model/change.ts";
import { isReadyPod } from "../../model/conditions.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { dataOf, secretRef } from "./own-secret.ts";

/** Where an istiod gives its metrics. */
const METRICS_PORT = 15014;

/**
 * Look at what a cluster has of a cloud's trust: what was written, what its istiod has loaded, and what workloads trust.
 *
 * It never throws a {@link CloudError}: whoever cannot see all of it does not know.
 *
 * @param namespaces - Of the cloud there.
 */
export async function lookAtTrust(api: KubeApi, cloud: string, namespaces: readonly string[]): Promise<LiveTrust> {
  try {
    const namespace = await api.get({ apiVersion: "v1", kind: "Namespace", name: meshNamespace(cloud) });
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return { kind: "absent" };
    const [secret, rootConfigMaps, serving] = await Promise.all([
      api.get(secretRef(meshNamespace(cloud), CACERTS)),
      readRootConfigMaps(api, [meshNamespace(cloud), ...namespaces]),
      readServing(api, cloud),
    ]);
    const cacerts = secret && authorityOf(secret);
    return { kind: "live", ...(cacerts === undefined ? {} : { cacerts }), rootConfigMaps, serving };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { kind: "unknown", failure: failureOf(error, api.cluster) };
  }
}

/** @returns undefined for a Secret that istiod does not start with. */
export function authorityOf(secret: LiveManifest): LiveAuthority["cacerts"] {
  const cacerts = cacertsOf(dataOf(secret));
  if (cacerts === undefined) return undefined;
  const { rootCert: roots, caCert } = cacerts;
  const [signer = ""] = fingerprintsOf(caCert);
  const signedBy = signerOf(cacerts.certChain, caCert, roots);
  return { roots, signer, ...(signedBy === undefined ? {} : { signedBy }) };
}

/** Fingerprint of the root above an authority; the chain between the two may have others. */
function signerOf(chain: string, caCert: string, roots: string): string | undefined {
  try {
    const below = rootsOf(`${caCert}${chain}`).map((pem) => new X509Certificate(pem));
    const last = below.at(-1);
    const root = rootsOf(roots).find((pem) => last?.verify(new X509Certificate(pem).publicKey));
    return root === undefined ? undefined : fingerprintsOf(root)[0];
  } catch {
    // not PEM, or no certificate: then nobody is known to have signed it
    return undefined;
  }
}

async function readRootConfigMaps(api: KubeApi, namespaces: readonly string[]) {
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const live = await api.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: ROOT_CONFIG_MAP });
      const { [ROOTS_KEY]: pem } = (live?.["data"] ?? {}) as Readonly<Record<string, string | undefined>>;
      return [namespace, pem] as const;
    }),
  );
  return new Map(found);
}

/** What each istiod that is ready says. One that says nothing of an authority counts as one that has ended. */
async function readServing(api: KubeApi, cloud: string): Promise<readonly Date[]> {
  const namespace = meshNamespace(cloud);
  const labelSelector = Object.entries(ISTIOD_PODS)
    .map((label) => label.join("="))
    .join();
  const pods = (await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector })).filter(isReadyPod);
  return Promise.all(
    pods.map(async ({ metadata: { name } }) => {
      const pod = { namespace, name, port: METRICS_PORT };
      return authorityEndOf(await readMetrics(api, pod)) ?? new Date(0);
    }),
  );
}

/** Empty where a pod does not answer: it may just be going. */
async function readMetrics(api: KubeApi, pod: Parameters<KubeApi["readPod"]>[0]): Promise<string> {
  try {
    return await api.readPod(pod, "/metrics");
  } catch (error) {
    if (!(error instanceof CloudError) || error.code === "FORBIDDEN" || concernsCluster(error)) throw error;
    return "";
  }
}
