import { readFile } from "node:fs/promises";

/** A request about objects, as an API server's audit log has it. */
export interface AuditEvent {
  /** As in RBAC rules: `get`, `patch`, … */
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly objectRef: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  /** Path and query. */
  readonly requestURI: string;
  /** Which program asked; some do not say. */
  readonly userAgent?: string;
  readonly responseStatus: { readonly code: number };
}

/** What an API server writes down: requests once they are answered, without bodies, so that no Secret is in it. */
export const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata" }],
};

/** The events of a log that may still be written to. The server writes an event before it ends its answer. */
export async function readAuditLog(path: string): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(path, "utf8")).split("\n").slice(0, -1);
  const events: readonly Partial<AuditEvent>[] = lines.map((line) => JSON.parse(line));
  return events.filter((event): event is AuditEvent => event.objectRef !== undefined);
}
