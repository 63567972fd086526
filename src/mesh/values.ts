import type { Json, JsonObject } from "../model/manifest.ts";
import { inHours, WORKLOAD_MS } from "./lifetimes.ts";
import { essentialConfig } from "./mesh-config.ts";
import type { DedicatedMeshSpec, PodResources } from "./mesh-spec.ts";
import { CACERTS, meshNamespace, meshRevision } from "./names.ts";

/** Where istiod finds its authority. The chart's own mount is optional: with it, istiod would sign for itself. */
const AUTHORITY = { volume: "require-cacerts", path: "/etc/require-cacerts" };

/** Platforms of the fleet for which Istio's charts have settings. */
const CHART_PLATFORMS: readonly string[] = ["gke", "k3s", "openshift"];

/**
 * Values of Istio's chart `istiod`, 1.30 and 1.31, for a cloud's control plane on a cluster.
 *
 * All that is read as text is text: a cloud may be called `123` or `true`.
 */
export function istiodValues(spec: DedicatedMeshSpec): JsonObject {
  const { cloud, cluster, network, version, hub, cni, platform } = spec;
  const hasProfile = spec.installer !== "sail" && CHART_PLATFORMS.includes(platform);
  return {
    revision: meshRevision(cloud),
    global: {
      istioNamespace: meshNamespace(cloud),
      hub,
      tag: version,
      meshID: cloud,
      network,
      multiCluster: { clusterName: cluster },
      ...(hasProfile ? { platform } : {}),
      proxy: proxyValues(spec),
    },
    meshConfig: meshConfig(spec),
    // istiod would turn it into Fail, and the installer back
    base: { validationFailurePolicy: "Fail" },
    cni: { enabled: cni },
    // OpenShift's settings have it run there, whatever is said above
    ...(hasProfile ? { pilot: { cni: { enabled: cni } } } : {}),
    env: ENVIRONMENT,
    // no plaintext port
    extraContainerArgs: ["--grpcAddr="],
    autoscaleEnabled: false,
    replicaCount: 1,
    seccompProfile: { type: "RuntimeDefault" },
    resources: resourcesJson(spec.resources.istiod),
    volumes: [{ name: AUTHORITY.volume, secret: { secretName: CACERTS, optional: false } }],
    volumeMounts: [{ name: AUTHORITY.volume, mountPath: AUTHORITY.path, readOnly: true }],
  };
}

const ENVIRONMENT: JsonObject = {
  ROOT_CA_DIR: AUTHORITY.path,
  // both roots are trusted while one takes the other's place
  ISTIO_MULTIROOT_MESH: "true",
  // so that it is known when an old root is needed no longer
  DEFAULT_WORKLOAD_CERT_TTL: inHours(WORKLOAD_MS),
  MAX_WORKLOAD_CERT_TTL: inHours(WORKLOAD_MS),
  // without it, istiod needs no right to make Deployments anywhere
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "false",
  // so that no Gateway of a user's chooses our gateway's pods; it says what passes there, whatever is exported
  PILOT_SCOPE_GATEWAY_TO_NAMESPACE: "true",
  // what is configured, to whoever reaches a port
  ENABLE_DEBUG_ON_HTTP: "false",
};

const proxyValues = ({ clusterDomain, podSecurity, resources }: DedicatedMeshSpec): JsonObject => ({
  clusterDomain,
  ...(podSecurity === "restricted" ? { seccompProfile: { type: "RuntimeDefault" } } : {}),
  resources: resourcesJson(resources.sidecar),
});

/**
 * What we say of the mesh config that istiod reads from ConfigMap `istio-<revision>`; the chart adds defaults of its own.
 *
 * @see https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
 */
export const meshConfig = (spec: DedicatedMeshSpec): JsonObject => ({
  ...essentialConfig(spec.cloud, spec.trustDomain),
  outboundTrafficPolicy: { mode: spec.egress === "registry-only" ? "REGISTRY_ONLY" : "ALLOW_ANY" },
  serviceSettings: serviceSettings(spec),
  defaultConfig: {
    proxyMetadata: {
      // names of Services that only another cluster has
      ISTIO_META_DNS_CAPTURE: "true",
      // new roots without a restart
      PROXY_CONFIG_XDS_AGENT: "true",
    },
  },
});

/** Nothing is seen by other clusters but what is named; if all is, the control plane is still that of its cluster alone. */
function serviceSettings({ cloud, exports, clusterDomain }: DedicatedMeshSpec): readonly Json[] {
  const within = (host: string): Json => ({ settings: { clusterLocal: true }, hosts: [host] });
  if (exports === "all") return [within(`*.${meshNamespace(cloud)}.svc.${clusterDomain}`)];
  const hosts = exportedHosts(exports, clusterDomain);
  return [within("*"), ...(hosts.length === 0 ? [] : [{ settings: { clusterLocal: false }, hosts }])];
}

/** Names of exported Services. @param services - As `<namespace>/<service>`. */
export const exportedHosts = (services: readonly string[], clusterDomain: string): readonly string[] =>
  services.map((service) => {
    const [namespace, name] = service.split("/");
    return `${name}.${namespace}.svc.${clusterDomain}`;
  });

/** As in a container; what is not limited is left out. */
export const resourcesJson = ({ requests, limits }: PodResources): JsonObject => ({
  requests: { ...requests },
  ...(limits.cpu === undefined && limits.memory === undefined
    ? {}
    : {
        limits: {
          ...(limits.cpu === undefined ? {} : { cpu: limits.cpu }),
          ...(limits.memory === undefined ? {} : { memory: limits.memory }),
        },
      }),
});
