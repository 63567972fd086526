import { createPrivateKey, X509Certificate } from "node:crypto";
import { renewalOf } from "../mesh/lifetimes.ts";
import { CloudError } from "../model/error.ts";
import { readAuthorities, readAuthority } from "../x509/authority.ts";
import { publicKeyOf } from "../x509/identity.ts";
import { endOf, makeAuthority, makeRoot, type OpenSigner, openSigner } from "./make-authority.ts";
import type { EnsuredTrust, WantedAuthority, WantedTrust } from "./mesh-store.ts";
import { type ClusterAuthority, type MeshSigner, type MeshTrust, signerOf } from "./mesh-trust.ts";

/**
 * What a cloud's trust is to be, with what is missing made.
 *
 * @param found - What is there.
 * @throws {@link CloudError} `KEY_STORE` where the root has ended, has not begun, or cannot be used.
 */
export function ensureIn(found: MeshTrust | undefined, wanted: WantedTrust): EnsuredTrust {
  const { cloud, clusters, now, renew = "none" } = wanted;
  const trust = found ?? newTrust(cloud, now);
  const signer = openUsable(signerOf(trust), cloud, now);
  const issuer = new X509Certificate(signer.certificate.pem);
  const authorities = new Map(trust.authorities);
  const actions = new Map<string, "created" | "renewed" | "unchanged">();
  for (const place of clusters) {
    const existing = authorities.get(place.cluster);
    const isKept =
      existing !== undefined &&
      renew !== "all" &&
      readable(cloud, () => isSignedBy(existing, issuer)) &&
      !(renew === "due" && isDue(existing, place, signer, now));
    actions.set(place.cluster, isKept ? "unchanged" : existing === undefined ? "created" : "renewed");
    if (isKept && !readable(cloud, () => isWhole(existing))) throw unusable(cloud);
    if (isKept) continue;
    const endBefore = existing && readable(cloud, () => readAuthority(existing.certificate).notAfter);
    const made = { ...placeOf(cloud, place), ...(endBefore === undefined ? {} : { endBefore }) };
    authorities.set(place.cluster, makeAuthority(made, signer, now));
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

function openUsable(stored: MeshSigner, cloud: string, now: Date): OpenSigner {
  const signer = readable(cloud, () => openSigner(stored));
  const { certificate, key, notBefore, notAfter } = signer;
  if (!publicKeyOf(key).equals(certificate.publicKey)) throw unusable(cloud);
  const which = `${cloud}: the root of its mesh, or what stands below it,`;
  if (notAfter <= now) {
    throw new CloudError("KEY_STORE", `${which} ended at ${notAfter.toISOString()}; ${afterEnd(stored, cloud, now)}`);
  }
  if (notBefore > now) {
    const remedy = "look at the clock of this computer, or of the one that made it";
    throw new CloudError("KEY_STORE", `${which} begins at ${notBefore.toISOString()} only; ${remedy}`);
  }
  return signer;
}

/** Nothing leads on from a root that nobody trusts any more. */
function afterEnd({ root }: MeshSigner, cloud: string, now: Date): string {
  if (readAuthority(root).notAfter > now) {
    return `bring the next one below the same root (lcloud enroll ${cloud} --mesh-root-cert FILE --mesh-root-key FILE)`;
  }
  const anew = `move mesh/${cloud} out of the state folder, run lcloud enroll ${cloud}, delete Secret/cacerts in its clusters`;
  return `${anew}, run lcloud post-sync, then restart its workloads`;
}

/** @throws {@link CloudError} `KEY_STORE` without what OpenSSL says, which may quote a key. */
function readable<T>(cloud: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw unusable(cloud);
  }
}

const unusable = (cloud: string): CloudError =>
  new CloudError(
    "KEY_STORE",
    `${cloud}: keys or certificates of its mesh in the state folder are damaged; restore them from a backup`,
  );

const placeOf = (cloud: string, { cluster, trustDomain, nameConstraints }: WantedAuthority) => ({
  cloud,
  cluster,
  ...(nameConstraints ? { permittedDomain: trustDomain } : {}),
});

/** By names and key identifiers; both differ between roots. */
const isSignedBy = ({ certificate }: ClusterAuthority, issuer: X509Certificate): boolean =>
  new X509Certificate(certificate).checkIssued(issuer);

/** istiod starts with nothing else, or sends along what nobody can verify. */
const isWhole = ({ certificate, key, chain }: ClusterAuthority): boolean =>
  (chain === "" || readAuthorities(chain).length > 0) &&
  new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));

function isDue(
  { certificate }: ClusterAuthority,
  { trustDomain, nameConstraints }: WantedAuthority,
  signer: OpenSigner,
  now: Date,
): boolean {
  const { notBefore, notAfter, constraints } = readAuthority(certificate);
  // made by a clock that was ahead
  if (notBefore > now) return true;
  const permitted = nameConstraints ? `permitted;URI:${trustDomain}` : "";
  if (constraints.join() !== permitted) return true;
  // below a root that ends soon, a new one would live no longer; a second is what lies between two that follow each other
  const isLonger = endOf(signer, now).getTime() - notAfter.getTime() >= 2000;
  return isLonger && renewalOf(notBefore, notAfter) <= now;
}
