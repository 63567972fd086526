import type { KubeApi } from "../../kube-api/kube-api.ts";
import { needsNodes } from "../../mesh/gateway-addresses.ts";
import { istiodRef } from "../../mesh/live-control-plane.ts";
import {
  CACERTS,
  GATEWAY,
  GATEWAY_PODS,
  meshConfigName,
  meshNamespace,
  remoteSecretName,
  SELF_SIGNED,
} from "../../mesh/names.ts";
import type { Failure } from "../../model/change.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { Ref } from "../../model/ref.ts";
import { attempt, type Seen } from "./attempt.ts";

/** An object as it is; undefined where there is none. */
type SeenObject = Seen<LiveManifest | undefined>;

/** What of a cloud's mesh was read in a cluster. */
export interface LiveMesh {
  readonly istiod: SeenObject;
  readonly meshConfig: SeenObject;
  readonly gateway: SeenObject;
  readonly gatewayPods: Seen<readonly LiveManifest[]>;
  /** None where it does not take them to know the gateway's addresses. */
  readonly nodes: Seen<readonly LiveManifest[]>;
  readonly cacerts: SeenObject;
  readonly selfSigned: SeenObject;
  readonly remotes: SeenObject;
  /** Why Secrets were not read. */
  readonly refusals: readonly string[];
}

/** ConfigMap from which a control plane reads its mesh config. */
export const meshConfigRef = (cloud: string): Ref => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", namespace: meshNamespace(cloud) },
  name: meshConfigName(cloud),
});

export const gatewayRef = (cloud: string): Ref => ({
  ...{ apiVersion: "v1", kind: "Service", namespace: meshNamespace(cloud), name: GATEWAY },
});

/** The Secrets of a mesh: its authority, one that its control plane has made itself, and the other clusters' readers. */
export const secretRefs = (cloud: string): readonly [Ref, Ref, Ref] => {
  const ref = (name: string): Ref => ({ apiVersion: "v1", kind: "Secret", namespace: meshNamespace(cloud), name });
  return [ref(CACERTS), ref(SELF_SIGNED), ref(remoteSecretName(cloud))];
};

/**
 * Read a cloud's mesh.
 *
 * @param failures - Takes why something could not be read. That Secrets may not be read is none: they hold keys.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function readMesh(api: KubeApi, cloud: string, failures: Failure[]): Promise<LiveMesh> {
  const read = (ref: Ref): Promise<SeenObject> => attempt(api, failures, () => api.get(ref));
  const refusals: string[] = [];
  const readSecret = (ref: Ref): Promise<SeenObject> => attemptSecret(api, ref, failures, refusals);
  const [ofCacerts, ofSelfSigned, ofRemotes] = secretRefs(cloud);
  const [istiod, meshConfig, gateway, gatewayPods, cacerts, selfSigned, remotes] = await Promise.all([
    read(istiodRef(cloud)),
    read(meshConfigRef(cloud)),
    read(gatewayRef(cloud)),
    attempt(api, failures, () => api.list(POD, { namespace: meshNamespace(cloud), labelSelector: GATEWAY_QUERY })),
    readSecret(ofCacerts),
    readSecret(ofSelfSigned),
    readSecret(ofRemotes),
  ]);
  const asksNodes = gateway.isSeen && gateway.value !== undefined && needsNodes(gateway.value);
  const nodes = await attempt(api, failures, async () => (asksNodes ? api.list(NODE) : []));
  return { istiod, meshConfig, gateway, gatewayPods, nodes, cacerts, selfSigned, remotes, refusals };
}

const POD = { apiVersion: "v1", kind: "Pod" };
const NODE = { apiVersion: "v1", kind: "Node" };
const GATEWAY_QUERY = `istio=${GATEWAY_PODS.istio}`;

async function attemptSecret(api: KubeApi, ref: Ref, failures: Failure[], refusals: string[]): Promise<SeenObject> {
  const noted: Failure[] = [];
  const seen = await attempt(api, noted, () => api.get(ref));
  for (const failure of noted) {
    if (failure.code === "FORBIDDEN") refusals.push(failure.message);
    else failures.push(failure);
  }
  return seen;
}
