import { generateKeyPairSync } from "node:crypto";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";

/** What somebody with nothing but the right to create requests puts in the place of ours: the same, for their own key. */
export function forged(request: Manifest, commonName = "lc:shop:ada"): Manifest {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = createRequest(privateKey, { commonName, organization: keyGroup(privateKey) });
  return withSpec(request, { request: Buffer.from(pem).toString("base64") });
}

export const withSpec = (request: Manifest, fields: object): Manifest => ({
  ...request,
  spec: { ...(request["spec"] as object), ...fields },
});

export const isApproved = (request: LiveManifest | undefined): boolean => conditionTypes(request).includes("Approved");

/** A request with one more condition, to be put as its approval. */
export const decided = (live: LiveManifest, type: "Approved" | "Denied", reason = "Test"): LiveManifest => ({
  ...live,
  status: { ...(live["status"] as object), conditions: [{ type, status: "True", reason }] },
});

function conditionTypes(request: LiveManifest | undefined): readonly string[] {
  const { conditions = [] } = (request?.["status"] ?? {}) as { conditions?: readonly { type: string }[] };
  return conditions.map(({ type }) => type);
}
