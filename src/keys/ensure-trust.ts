import { X509Certificate } from "node:crypto";
import { renewalOf } from "../mesh/lifetimes.ts";
import { CloudError } from "../model/error.ts";
import { readAuthority } from "../x509/authority.ts";
import { endOf, makeAuthority, makeRoot, type OpenSigner, openSigner } from "./make-authority.ts";
import type { EnsuredTrust, WantedAuthority, WantedTrust } from "./mesh-store.ts";
import { type ClusterAuthority, type MeshTrust, signerOf } from "./mesh-trust.ts";

/**
 * What a cloud's trust is to be, with what is missing made.
 *
 * @param found - What is there.
 * @throws {@link CloudError} `KEY_STORE` where the root has ended.
 */
export function ensureIn(found: MeshTrust | undefined, wanted: WantedTrust): EnsuredTrust {
  const { cloud, clusters, now, renew = "none" } = wanted;
  const trust = found ?? newTrust(cloud, now);
  const signer = openSigner(signerOf(trust));
  if (signer.notAfter <= now) {
    const ended = `the root of its mesh, or what stands below it, ended at ${signer.notAfter.toISOString()}`;
    throw new CloudError("KEY_STORE", `${cloud}: ${ended}; run lcloud rotate mesh/${cloud}`);
  }
  const issuer = new X509Certificate(signer.certificate.pem);
  const authorities = new Map(trust.authorities);
  const actions = new Map<string, "created" | "renewed" | "unchanged">();
  for (const place of clusters) {
    const existing = authorities.get(place.cluster);
    const isKept =
      existing !== undefined &&
      renew !== "all" &&
      isSignedBy(existing, issuer) &&
      !(renew === "due" && isDue(existing, place, signer, now));
    actions.set(place.cluster, isKept ? "unchanged" : existing === undefined ? "created" : "renewed");
    if (!isKept) authorities.set(place.cluster, makeAuthority(placeOf(cloud, place), signer, now));
  }
  return {
    trust: { ...trust, authorities },
    root: found === undefined ? "created" : "unchanged",
    authorities: actions,
  };
}

function newTrust(cloud: string, now: Date): MeshTrust {
  const root = makeRoot(cloud, now);
  return { state: { root: root.root, retired: [] }, signers: [root], authorities: new Map() };
}

const placeOf = (cloud: string, { cluster, trustDomain, nameConstraints }: WantedAuthority) => ({
  cloud,
  cluster,
  ...(nameConstraints ? { permittedDomain: trustDomain } : {}),
});

/** By names and key identifiers; both differ between roots. */
const isSignedBy = ({ certificate }: ClusterAuthority, issuer: X509Certificate): boolean =>
  new X509Certificate(certificate).checkIssued(issuer);

function isDue(
  { certificate }: ClusterAuthority,
  { trustDomain, nameConstraints }: WantedAuthority,
  signer: OpenSigner,
  now: Date,
): boolean {
  const { notBefore, notAfter, constraints } = readAuthority(certificate);
  const permitted = nameConstraints ? `permitted;URI:${trustDomain}` : "";
  if (constraints.join() !== permitted) return true;
  // below a root that ends soon, a new one would live no longer
  const isLonger = Math.floor(endOf(signer, now).getTime() / 1000) > notAfter.getTime() / 1000;
  return isLonger && renewalOf(notBefore, notAfter) <= now;
}
