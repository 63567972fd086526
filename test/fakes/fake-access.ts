import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KubeCredential } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";
import { readCertificate } from "../../src/x509/certificate.ts";
import { type CertificateRequest, parseRequest } from "../../src/x509/request.ts";
import { issueCertificate } from "../x509/issued-certificate.ts";

/** Whom the API server takes somebody for. */
export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
}

/** What a token is worth, and until when; always, where there is no end. */
export interface TokenHolder extends Identity {
  readonly expires?: Date;
  /** False once its ServiceAccount is gone. */
  readonly isValid?: () => boolean;
}

/** What the signer does with an approved request; a function gives the certificate itself, as PEM. */
export type Signer = "on" | "off" | "fails" | ((request: CertificateRequest) => string);

/** A condition of a CertificateSigningRequest. */
export interface Condition {
  readonly type: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

export const conditionsOf = (object: LiveManifest): readonly Condition[] =>
  (object["status"] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];

export const isTrue = (object: LiveManifest, type: string): boolean =>
  conditionsOf(object).some((condition) => condition.type === type && condition.status === "True");

/** Who has which credential on one cluster: a certificate counts only where it was issued. */
export class FakeAccess {
  readonly tokens = new Map<string, TokenHolder>();
  readonly #issued = new Set<string>();

  /** @returns undefined for a credential that the cluster does not know, or no longer. */
  identify(credential: KubeCredential, now: Date): Identity | undefined {
    if (credential.kind === "certificate") return this.#certified(credential, now);
    const holder = this.tokens.get(credential.token);
    if (holder === undefined || (holder.expires ?? now) < now || holder.isValid?.() === false) return undefined;
    return { username: holder.username, groups: [...holder.groups, "system:authenticated"] };
  }

  /** What kube-controller-manager adds to the status of an approved request; undefined while it does nothing. */
  sign(object: LiveManifest, signer: Signer, now: Date): { readonly [field: string]: unknown } | undefined {
    const { certificate } = (object["status"] ?? {}) as { certificate?: string };
    if (signer === "off" || certificate !== undefined || !isTrue(object, "Approved") || isTrue(object, "Failed")) {
      return undefined;
    }
    if (signer === "fails") return { conditions: [...conditionsOf(object), FAILED] };
    const spec = object["spec"] as { request: string; expirationSeconds?: number };
    const request = parseRequest(Buffer.from(spec.request, "base64").toString());
    const pem = typeof signer === "function" ? signer(request) : issue(request, spec.expirationSeconds, now);
    this.#issued.add(fingerprint(pem));
    return { conditions: conditionsOf(object), certificate: Buffer.from(pem).toString("base64") };
  }

  /** As after another client authority: no certificate counts any longer. */
  forgetCertificates(): void {
    this.#issued.clear();
  }

  #certified(credential: { readonly certificate: string; readonly key: string }, now: Date): Identity | undefined {
    const certificate = readCertificate(credential.certificate);
    const fits = new X509Certificate(credential.certificate).checkPrivateKey(createPrivateKey(credential.key));
    const inTime = certificate.notBefore <= now && now < certificate.notAfter;
    if (!fits || !inTime || !this.#issued.has(fingerprint(credential.certificate))) return undefined;
    return { username: certificate.commonName, groups: [certificate.organization, "system:authenticated"] };
  }
}

const FAILED: Condition = { type: "Failed", status: "True", reason: "SignerValidationFailure", message: "refused" };

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

function issue(request: CertificateRequest, seconds = 365 * 24 * 3600, now: Date): string {
  const after = (s: number): Date => new Date(now.getTime() + s * 1000);
  return issueCertificate(request, { notBefore: after(-300), notAfter: after(seconds) });
}
