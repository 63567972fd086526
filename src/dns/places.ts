import type { LiveManifest, Manifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";
import { patchZones } from "./corefile-zones.ts";
import { type LiveServer, patchServers } from "./openshift-servers.ts";
import type { Patched, PatchRequest } from "./patched.ts";
import { type DnsPlace, digestOf, type RecordedCorefile } from "./record.ts";
import { patchStubDomains } from "./stub-domains.ts";
import type { ForwardZone, Zone } from "./zone.ts";

/** An object that has zones of ours in a part of it, `T`. */
export interface Place<T, Z> {
  readonly name: DnsPlace;
  readonly ref: Ref;
  /** Whether the object may be created where it is not there. */
  readonly isOptional: boolean;
  /** The part; undefined where it is not there. */
  readonly read: (live: LiveManifest) => T | undefined;
  readonly patch: (part: T | undefined, request: PatchRequest<Z>) => Patched<T | undefined>;
  /** Of the part alone, where the object is not there. */
  readonly write: (live: LiveManifest | undefined, part: T | undefined) => Manifest;
  /** What is to be remembered before the part is written. */
  readonly remember?: (before: T | undefined, after: T | undefined) => Omit<RecordedCorefile, "zones">;
}

const COREFILE = "Corefile";
const STUB_DOMAINS = "stubDomains";

/** The Corefile of CoreDNS as kubeadm and kind install it. @param namespace - Of the DNS server's ConfigMaps. */
export const corefileRef = (namespace: string): Ref => configMapRef(namespace, "coredns");

/** Where stub domains are for kube-dns, and for node caches. @param namespace - As of {@link corefileRef}. */
export const stubDomainsRef = (namespace: string): Ref => configMapRef(namespace, "kube-dns");

export const SERVERS_REF: Ref = { apiVersion: "operator.openshift.io/v1", kind: "DNS", name: "default" };

/** {@link corefileRef} as a place of zones. */
export const corefilePlace = (namespace: string): Place<string, Zone> => ({
  name: "corefile",
  ref: corefileRef(namespace),
  isOptional: false,
  read: (live) => keyOf(live, COREFILE),
  patch: patchZones,
  write: (live, corefile) => withKey(corefileRef(namespace), live, COREFILE, corefile),
  remember: (before, after = "") => ({ before, written: digestOf(after) }),
});

/** {@link stubDomainsRef} as a place of zones. */
export const stubDomainsPlace = (namespace: string): Place<string, ForwardZone> => ({
  name: "stub-domains",
  ref: stubDomainsRef(namespace),
  isOptional: true,
  read: (live) => keyOf(live, STUB_DOMAINS),
  patch: patchStubDomains,
  write: (live, text) => withKey(stubDomainsRef(namespace), live, STUB_DOMAINS, text),
});

/** The servers of OpenShift's DNS operator as a place of zones. */
export const SERVERS_PLACE: Place<readonly LiveServer[], ForwardZone> = {
  name: "servers",
  ref: SERVERS_REF,
  isOptional: false,
  read: (live) => specOf(live).servers,
  patch: (servers, request) =>
    // an absent list stays absent
    servers === undefined && request.wanted.length === 0
      ? { kind: "patched", value: undefined, zones: [], remarks: [] }
      : patchServers(servers ?? [], request),
  write: (live, servers) => {
    const { apiVersion, kind, name } = SERVERS_REF;
    const { servers: _, ...spec } = live === undefined ? {} : specOf(live);
    const isEmpty = servers === undefined || servers.length === 0;
    return { apiVersion, kind, metadata: { name }, ...live, spec: isEmpty ? spec : { ...spec, servers } };
  },
};

const configMapRef = (namespace: string, name: string): Ref => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace,
  name,
});

const specOf = (live: LiveManifest) => (live["spec"] ?? {}) as { readonly servers?: readonly LiveServer[] };

const dataOf = (live: LiveManifest | undefined) => (live?.["data"] ?? {}) as Readonly<Record<string, string>>;

const keyOf = (live: LiveManifest, key: string): string | undefined => dataOf(live)[key];

function withKey(
  { apiVersion, kind, namespace = "", name }: Ref,
  live: LiveManifest | undefined,
  key: string,
  value: string | undefined,
): Manifest {
  const { [key]: _, ...others } = dataOf(live);
  const data = value === undefined ? others : { ...others, [key]: value };
  return { apiVersion, kind, metadata: { name, namespace }, ...live, data };
}
