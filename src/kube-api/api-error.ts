import { CloudError, type ErrorCode } from "../model/error.ts";
import { FIELD_MANAGER } from "../model/labels.ts";
import { CredentialFailure, type HttpAnswer } from "./connection.ts";

/** What a request is about, for messages. */
export interface Subject {
  readonly cluster: string;
  /** A ref, or a kind. */
  readonly name: string;
  /** The messages of API servers, webhooks and policies may quote what was sent: not for a Secret. */
  readonly isSecret?: boolean;
}

/** `Status` of Kubernetes' API, as far as it is used. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [400, "REJECTED"],
  [401, "UNAUTHORIZED"],
  [403, "FORBIDDEN"],
  [404, "NOT_FOUND"],
  [409, "CONFLICT"],
  [422, "REJECTED"],
]);

/** What a server-side apply says of a manifest that does not fit the schema: as an internal error, with HTTP status 500. */
const SCHEMA_ERROR = /^failed to (create typed patch object|convert new object)/;

/** The code for an answer that is none of success. */
export function codeOf(answer: HttpAnswer): ErrorCode {
  const status = readStatus(answer);
  if (status === undefined) return "API_ERROR";
  if (answer.status === 500 && SCHEMA_ERROR.test(status.message ?? "")) return "REJECTED";
  return CODES.get(answer.status) ?? "API_ERROR";
}

/** The error for an answer that is none of success. */
export function answerError({ cluster, name, isSecret = false }: Subject, answer: HttpAnswer): CloudError {
  const status = readStatus(answer);
  const code = codeOf(answer);
  return new CloudError(code, `${cluster}: ${name} ${explain(code, answer, status, isSecret)}`);
}

/** @returns undefined where the answer is no `Status`: then it is not from an API server. */
export function readStatus({ body }: HttpAnswer): Status | undefined {
  try {
    const status: unknown = JSON.parse(body);
    const isStatus = typeof status === "object" && status !== null && "kind" in status && status.kind === "Status";
    return isStatus ? (status as Status) : undefined;
  } catch {
    return undefined;
  }
}

function explain(code: ErrorCode, { status }: HttpAnswer, answer: Status | undefined, isSecret: boolean): string {
  if (answer === undefined) return `got HTTP status ${status}; does its address lead to a Kubernetes API server?`;
  const conflicts = (answer.details?.causes ?? []).filter(({ reason }) => reason === "FieldManagerConflict");
  if (conflicts.length > 0) {
    const fields = conflicts.map(({ field, message = "" }) => `${field} (${managerIn(message)})`);
    const takeBack = `kubectl apply --server-side --force-conflicts --field-manager ${FIELD_MANAGER} -f with its manifest`;
    return `has fields of other field managers: ${fields.join(", ")}; give them up here, or take them back: ${takeBack}`;
  }
  const message = isSecret ? withoutQuote(code, answer.message ?? "") : (answer.message ?? "no reason");
  return `failed: ${message}${REMEDIES[code] ?? ""}`;
}

/** What a server says of a Secret, in our own words. */
function withoutQuote(code: ErrorCode, message: string): string {
  switch (code) {
    case "CONFLICT":
      return "somebody else has made or changed it meanwhile";
    case "NOT_FOUND":
      return "it is not there, or its namespace is not";
    case "UNAUTHORIZED":
      return "the credential is not taken";
    case "FORBIDDEN": {
      if (message.includes("because it is being terminated")) return "its namespace is being deleted";
      const [, verb] = /cannot (get|list|create|update|patch|delete) resource "secrets"/.exec(message) ?? [];
      return verb === undefined ? "the API server refuses this Secret" : `you may not ${verb} it`;
    }
    default:
      return "the API server refuses this Secret";
  }
}

const managerIn = (message: string): string => /conflict with "([^"]*)"/.exec(message)?.[1] ?? message;

const REMEDIES: { readonly [code in ErrorCode]?: string } = {
  UNAUTHORIZED: "; log in again, or renew the credential of the context",
  FORBIDDEN: "; lcloud roles prints the rights that are needed",
};

/** The error for a request that got no answer. */
export function connectionError({ cluster, name }: Subject, server: string, cause: unknown): CloudError {
  const fail = (code: ErrorCode, reason: string): CloudError =>
    new CloudError(code, `${cluster}: ${name} failed: ${reason}`, { cause });
  if (cause instanceof CredentialFailure) return fail("UNAUTHORIZED", `no credential: ${cause.message}; log in again`);
  const error = cause as NodeJS.ErrnoException;
  const code = error.code ?? "";
  const ours = OWN_CERTIFICATE.find(([pattern]) => pattern.test(code));
  if (ours !== undefined) return fail("UNAUTHORIZED", `${ours[1]} (${code}); renew the credential of the context`);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return fail("UNREACHABLE", `${server} has no certificate that is trusted (${code}); correct certificate-authority`);
  }
  return fail("UNREACHABLE", `${error.message || code} (${server}); is it up, and is its address right?`);
}

/** Codes of what is wrong with our client certificate: before anything is sent, or as the server says. */
const OWN_CERTIFICATE: readonly (readonly [RegExp, string])[] = [
  [/KEY_VALUES_MISMATCH/, "the client certificate is for another key"],
  [/^ERR_OSSL_/, "the client certificate or its key cannot be read"],
  [/_ALERT_.*(?:CERTIFICATE|UNKNOWN_CA)/, "the server refuses the client certificate"],
];
