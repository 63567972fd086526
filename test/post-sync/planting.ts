import { generateKeyPairSync } from "node:crypto";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";

/** PKCS#10 for a key that nobody keeps, with the group of that key. */
export function requestPem(commonName: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return createRequest(privateKey, { commonName, organization: keyGroup(privateKey) });
}

/** What somebody with nothing but the right to create requests puts in the place of ours: the same, for their own key. */
export const forged = (request: Manifest): Manifest =>
  withSpec(request, { request: Buffer.from(requestPem("lc:shop:ada")).toString("base64") });

/** One call about a request. */
export interface Call {
  readonly verb: "get" | "list" | "apply" | "create" | "replace" | "delete";
}

/** Whether something is to be done just before the call that is last in the list reaches the API server. */
export type IsMoment = (calls: readonly Call[]) => boolean;

const last = (calls: readonly Call[]): Call["verb"] | undefined => calls.at(-1)?.verb;

/** Moments of a run, in the order of events. */
export const MOMENTS = {
  "before the first look": (calls) => calls.length === 1,
  "between the first look and the request": (calls) => last(calls) === "create",
  "between the request and the check": (calls) => calls.at(-2)?.verb === "create",
  "between the check and the approval": (calls) => last(calls) === "replace",
  "after the approval": (calls) => calls.at(-2)?.verb === "replace",
} satisfies Readonly<Record<string, IsMoment>>;

export const withSpec = (request: Manifest, fields: object): Manifest => ({
  ...request,
  spec: { ...(request["spec"] as object), ...fields },
});

export const isApproved = (request: LiveManifest | undefined): boolean => conditionTypes(request).includes("Approved");

export const isIssued = (request: LiveManifest | undefined): boolean =>
  (request?.["status"] as { readonly certificate?: string } | undefined)?.certificate !== undefined;

/** A request with one more condition, to be put as its approval. */
export const decided = (live: LiveManifest, type: "Approved" | "Denied", reason = "Test"): LiveManifest => ({
  ...live,
  status: { ...(live["status"] as object), conditions: [{ type, status: "True", reason }] },
});

function conditionTypes(request: LiveManifest | undefined): readonly string[] {
  const { conditions = [] } = (request?.["status"] ?? {}) as { conditions?: readonly { type: string }[] };
  return conditions.map(({ type }) => type);
}
