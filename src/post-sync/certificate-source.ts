import type { KeyObject } from "node:crypto";
import type { KeyStore } from "../keys/key-store.ts";
import type { CredentialPlace } from "../keys/state-layout.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import { type Certificate, checkCertificate, readCertificate } from "../x509/certificate.ts";
import { publicKeyOf } from "../x509/identity.ts";
import type { CertificateRequest } from "../x509/request.ts";
import type { CredentialSource } from "./keep-or-fetch.ts";
import { collectRequest, type RequestOrder } from "./request-certificate.ts";
import { discardRequest } from "./request-steps.ts";
import type { ReviewedRequest } from "./reviewed-request.ts";
import { isTakenFor } from "./self-subject.ts";
import { statusOf } from "./signing-request.ts";
import { findCertificate, storeCertificate } from "./stored-certificate.ts";
import { isFresh } from "./stored-credential.ts";

/** Certificates that the cluster's own signer issues; kept in the state folder. */
export function certificateSource(
  place: CredentialPlace,
  reviewed: ReviewedRequest,
  keys: KeyStore,
  order: RequestOrder,
): CredentialSource {
  const isAccepted = async (certificate: string): Promise<boolean | undefined> => {
    const key = await findOwnKey(keys, place.cloud, place.user, reviewed.request.publicKey);
    return key === undefined ? undefined : isHolderAccepted(order.api, certificate, key, reviewed.request);
  };
  return {
    findStored: (now) => findCertificate(place, reviewed, now),
    isAccepted: async (credential) =>
      credential.kind === "certificate" ? isAccepted(credential.certificate) : undefined,
    fetch: async () => {
      const live = await signedRequest(order);
      const certificate = checkedCertificate(order.api, live, reviewed);
      const isVerified = await isAccepted(certificate.pem);
      if (isVerified === false) throw wrong(order.api, live, ["the API server does not take its holder for that user"]);
      await storeCertificate(place, certificate);
      return {
        credential: { kind: "certificate", certificate: certificate.pem },
        expires: certificate.notAfter,
        ...(isVerified === undefined ? { unverified: true } : {}),
        ...(await tidyUp(order, live)),
      };
    },
  };
}

/** The user's key; undefined where the request was made elsewhere, also if another key of that name lies here. */
export async function findOwnKey(
  keys: KeyStore,
  cloud: string,
  user: string,
  publicKey: Buffer,
): Promise<KeyObject | undefined> {
  const key = await keys.findKey(cloud, user);
  return key !== undefined && publicKeyOf(key).equals(publicKey) ? key : undefined;
}

async function isHolderAccepted(
  api: KubeApi,
  certificate: string,
  privateKey: KeyObject,
  { commonName, organization }: CertificateRequest,
): Promise<boolean> {
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const expected = { username: commonName, groups: [organization] };
  return isTakenFor(api, { kind: "certificate", certificate, key }, expected);
}

/** The certificate is good, whatever becomes of its request. */
async function tidyUp({ api, self }: RequestOrder, live: LiveManifest): Promise<{ failure?: Failure }> {
  try {
    await discardRequest(api, live, self);
    return {};
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { failure: failureOf(error, api.cluster) };
  }
}

/** What an earlier run has left uncollected for long is asked for once more. */
async function signedRequest(order: RequestOrder): Promise<LiveManifest> {
  const live = await collectRequest(order);
  const { notBefore, notAfter } = readIssued(order.api, live);
  if (isFresh(notBefore, notAfter, order.api.serverTime())) return live;
  await discardRequest(order.api, live, order.self);
  return collectRequest(order);
}

function checkedCertificate(api: KubeApi, live: LiveManifest, reviewed: ReviewedRequest): Certificate {
  const certificate = readIssued(api, live);
  const faults = checkCertificate(certificate, { ...reviewed, now: api.serverTime() });
  if (faults.length > 0) throw wrong(api, live, faults);
  return certificate;
}

function readIssued(api: KubeApi, live: LiveManifest): Certificate {
  try {
    return readCertificate(Buffer.from(statusOf(live).certificate ?? "", "base64").toString());
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    throw new CloudError(cause.code, `${at(api, live)} got a wrong certificate: ${cause.message}`, { cause });
  }
}

const wrong = (api: KubeApi, live: LiveManifest, faults: readonly string[]): CloudError =>
  new CloudError(
    "CERTIFICATE_WRONG",
    `${at(api, live)} got a wrong certificate: ${faults.join(", ")}; ask who runs its signer, delete it and run again`,
  );

const at = (api: KubeApi, live: LiveManifest): string => `${api.cluster}: ${formatRef(refOf(live))}`;
