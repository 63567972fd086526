import { X509Certificate } from "node:crypto";
import { type Cacerts, cacertsOf, rootsOf } from "../../mesh/bundle.ts";
import { renewalOf } from "../../mesh/lifetimes.ts";
import { rootsToWrite } from "../../mesh/live-trust.ts";
import type { RootState } from "../../mesh/root-state.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { AuthorityStatus } from "../../model/mesh-status.ts";

/** Certificates of a control plane's authority, without its key; PEM. */
type LiveAuthority = Pick<Cacerts, "rootCert" | "certChain">;

/**
 * Whose authority a control plane has, and how long.
 *
 * @param secret - Secret `cacerts`; undefined where there is none.
 * @param state - Whom the key store wants to be trusted; undefined where it has no root for the cloud.
 */
export function judgeAuthority(
  secret: LiveManifest | undefined,
  state: RootState | undefined,
  now: Date,
): AuthorityStatus {
  if (secret === undefined) return { state: "missing" };
  const live = readLive((secret["data"] ?? {}) as Readonly<Record<string, string>>);
  if (live === undefined) return { state: "broken" };
  const first = judgeChain(live);
  if (first === undefined) return { state: "broken" };
  const [begins, expires] = [new Date(first.validFrom), new Date(first.validTo)];
  if (expires <= now) return { state: "broken", expires };
  const told = { expires, isDue: renewalOf(begins, expires) <= now };
  if (state === undefined) return { state: "sound", ...told };
  // what post-sync would not touch is nothing of ours
  const isOurs = !("refusal" in rootsToWrite(state, live.rootCert));
  return { state: isOurs ? "ours" : "other", ...told };
}

/** As we write it, or as cert-manager does. */
function readLive(secretData: Readonly<Record<string, string>>): LiveAuthority | undefined {
  const ours = cacertsOf(secretData);
  if (ours !== undefined) return ours;
  const { "tls.crt": chain, "ca.crt": root } = secretData;
  if (chain === undefined || root === undefined) return undefined;
  return { certChain: Buffer.from(chain, "base64").toString(), rootCert: Buffer.from(root, "base64").toString() };
}

/** @returns The authority, if its chain ends in a root. */
function judgeChain({ rootCert, certChain }: LiveAuthority): X509Certificate | undefined {
  try {
    const chain = rootsOf(certChain).map((pem) => new X509Certificate(pem));
    const roots = rootsOf(rootCert).map((pem) => new X509Certificate(pem));
    const isWhole = chain.every((each, at) =>
      (at + 1 < chain.length ? chain.slice(at + 1, at + 2) : roots).some((issuer) => isIssuedBy(each, issuer)),
    );
    return isWhole ? chain[0] : undefined;
  } catch {
    // whatever it is that somebody has put there
    return undefined;
  }
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
