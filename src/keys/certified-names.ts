import { istiodName, meshNamespace } from "../mesh/names.ts";
import type { CertifiedNames } from "../x509/name-constraints.ts";

/** What certificates of a cloud's mesh say, below whoever signs its authorities. */
export const certifiedNames = (cloud: string, trustDomains: readonly string[]): CertifiedNames => ({
  uriHosts: [...new Set(trustDomains)],
  dnsNames: [istiodDnsName(cloud)],
});

/** By which sidecars know a cloud's control plane, in whatever cluster. */
export const istiodDnsName = (cloud: string): string => `${istiodName(cloud)}.${meshNamespace(cloud)}.svc`;
