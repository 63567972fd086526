import { hash } from "node:crypto";
import type { CloudUser } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import { objectMeta } from "../definition/object-meta.ts";
import type { Manifest } from "../model/manifest.ts";
import type { CertificateRequest } from "../x509/request.ts";

const HASH_DIGITS = 16;

/**
 * The CertificateSigningRequest of a user on a cluster. Another key, or another lifetime, is another object: what a
 * request asks for can never be changed.
 *
 * @returns An object named `lc.<cloud>.<user>.<hash of its spec>`; no part holds a dot, so no two users share a name.
 */
export function requestManifest(
  cloud: string,
  { name }: CloudUser,
  { pem }: CertificateRequest,
  { expirationSeconds }: Cluster,
): Manifest {
  const spec = {
    expirationSeconds,
    request: Buffer.from(pem).toString("base64"),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth", "digital signature"],
  };
  const fingerprint = hash("sha256", JSON.stringify(spec), "hex").slice(0, HASH_DIGITS);
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: objectMeta(cloud, `lc.${cloud}.${name}.${fingerprint}`),
    spec,
  };
}
