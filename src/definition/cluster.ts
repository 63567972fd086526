import type { DnsProvider } from "../dns/cluster-dns.ts";
import { type Delivery, type Writer, writerOf } from "../model/delivery.ts";
import { type ClusterMesh, resolveMesh } from "./cluster-mesh.ts";
import { defined } from "./defined.ts";
import { mergeDelivery, resolveDelivery } from "./delivery.ts";
import type { ClusterDnsProps, ClusterProps, Fleet, IdentityKind, LabelValues, OidcProps, Platform } from "./fleet.ts";

/** One cluster of a fleet, with every default filled in. */
export interface Cluster {
  readonly name: string;
  readonly kubernetes: string;
  readonly labels: LabelValues;
  readonly identity: IdentityKind;
  readonly expirationSeconds: number;
  readonly requesters: readonly string[];
  readonly oidc: OidcProps | undefined;
  readonly platform: Platform;
  readonly access: { readonly kubeconfig?: string; readonly context: string };
  readonly endpoint: { readonly server?: string; readonly certificateAuthority?: string };
  readonly dns: Required<Omit<ClusterDnsProps, "provider">> & { readonly provider?: DnsProvider };
  readonly apiServerCidrs: readonly string[];
  readonly mesh: ClusterMesh;
  readonly delivery: Delivery;
  /** What of the above makes a difference to what clouds render, as texts to compare. */
  readonly traits: {
    readonly identity: string;
    readonly dns: string;
    /** What zones depend on. */
    readonly zones: string;
    readonly apiServer: string;
    /** Who writes objects there in the end. */
    readonly writer: Writer;
  };
}

const DEFAULT_EXPIRATION_SECONDS = 30 * 24 * 3600;

const KUBE_DNS = {
  namespace: "kube-system",
  podLabels: { "k8s-app": "kube-dns" },
  port: 53,
  nodeLocalAddress: "169.254.20.10",
};

const OPENSHIFT_DNS = {
  namespace: "openshift-dns",
  podLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
  port: 5353,
  nodeLocalAddress: "none",
};

const ZONE_DNS = { clusterDomain: "cluster.local", nodeLocalCache: false, guard: true };

/** The clusters of a fleet, sorted by name. */
export function clustersOf(fleet: Fleet): readonly Cluster[] {
  return Object.keys(fleet.clusters)
    .sort()
    .map((name) => resolveCluster(name, fleet.clusters[name] as ClusterProps, fleet));
}

function resolveCluster(name: string, props: ClusterProps, fleet: Fleet): Cluster {
  const platform = props.platform ?? "other";
  const identity = props.identity;
  const expirationSeconds = props.expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS;
  const oidc = identity === "oidc" ? (props.oidc ?? fleet.oidc) : undefined;
  const dns = { ...ZONE_DNS, ...(platform === "openshift" ? OPENSHIFT_DNS : KUBE_DNS), ...defined(props.dns ?? {}) };
  const apiServerCidrs = [...(props.apiServerCidrs ?? [])].sort();
  const delivery = resolveDelivery(mergeDelivery(props.delivery, fleet.delivery));
  return {
    name,
    kubernetes: props.kubernetes,
    labels: props.labels ?? {},
    identity,
    expirationSeconds,
    requesters: [...(props.requesters ?? [])].sort(),
    oidc,
    platform,
    access: { ...props.access, context: props.access?.context ?? name },
    endpoint: { ...props.endpoint },
    dns,
    apiServerCidrs,
    mesh: resolveMesh(props.mesh, fleet.mesh, delivery),
    delivery,
    traits: {
      identity: JSON.stringify([identity, oidc?.username]),
      dns: JSON.stringify([dns.namespace, dns.podLabels, dns.port, dns.nodeLocalAddress]),
      zones: JSON.stringify([dns.provider, dns.namespace, dns.port, dns.clusterDomain, dns.nodeLocalCache]),
      apiServer: apiServerCidrs.join(),
      writer: writerOf(delivery),
    },
  };
}
