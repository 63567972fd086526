/**
 * Every way in which the product fails on purpose.
 *
 * `INVALID` is a mistake in the user's input; its faults say where and what to do. The others are told per cluster.
 */
export type ErrorCode =
  | "INVALID" // clouds/, dist/ or flags hold faults
  | "APP_FAILED" // the app of cdk8s.yaml failed for another reason
  | "REQUEST_INVALID" // a PKCS#10 request that we cannot issue for
  | "KEY_STORE" // a key file that cannot be read, or is open to others
  | "NO_CONTEXT" // no such kubeconfig or context
  | "UNREACHABLE" // no connection, or none in time
  | "UNAUTHORIZED" // 401
  | "FORBIDDEN" // 403
  | "NOT_FOUND" // 404 where something must be
  | "CONFLICT" // 409: another field manager, another writer
  | "REJECTED" // 400, 422: the API server refuses the object
  | "API_ERROR" // any other answer
  | "WRONG_CLUSTER" // the context leads to another cluster than the one that was rendered
  | "NOT_OURS" // an object exists that belongs to somebody else
  | "CLOUD_VANISHED" // a cloud, or a namespace of one, is gone from dist/, and nobody said that it may go, or its heir failed
  | "NOT_DELIVERED" // dist/ is not what the branch holds
  | "ENGINE_MISSING" // a cluster where nothing pulls what was pushed for it
  | "STILL_PULLED" // an agent delivers to a cluster that is to be delivered to directly
  | "UNIT_PENDING" // pushed, and not applied in time by the agent of the cluster
  | "UNIT_FAILED" // pushed, and refused when the agent applied it
  | "GIT_DIVERGED" // somebody has changed what we delivered to a repository
  | "PUSH_DECLINED" // a rule of the server, as for a protected branch
  | "SOURCE_OUTDATED" // what was delivered last is newer
  | "SOURCE_UNKNOWN" // nothing says that what was delivered last is older
  | "SIGNING_FAILED" // a commit could not be signed
  | "GIT_FAILED" // git, for any other reason
  | "CSR_DENIED"
  | "CSR_FAILED" // the signer refused
  | "CSR_TIMEOUT" // approved, but never signed
  | "CSR_PENDING" // waits for somebody else's approval
  | "CSR_PLANTED" // the live request has our name and other contents
  | "CSR_NAME_TAKEN" // our bytes, posted by somebody who may not request
  | "CERTIFICATE_WRONG" // issued, but not what was asked for
  | "TOKEN_WRONG"
  | "DNS_REFUSED" // the configuration of a cluster's DNS is not to be changed by us, or would be refused with our zones
  | "ZONE_REFUSED" // one zone is not to be put into it, since it would hide names or lead nowhere
  | "DNS_NOT_LOADED" // written, and refused by the DNS server, or not loaded in time
  | "TRUST_REFUSED" // the authority of a live mesh is not to be replaced by ours: workloads would stop trusting each other
  | "MESH_NOT_JOINED" // a cluster that the others of its mesh do not know yet
  | "MESH_NOT_REMOVED" // what is left of a mesh that is gone from dist/
  | "ROTATION_PENDING"; // the next step of a rotation is not to be taken yet

/** A mistake in the user's input, and where it is. */
export interface Fault {
  /** Construct path, file, or cluster and ref. */
  readonly path: string;
  /** What is wrong; what to do. */
  readonly message: string;
}

/**
 * A failure that a user can do something about. Its message is for a terminal: `cluster: ref what happened; what to do`.
 * It never holds a key, a token or the contents of a Secret.
 */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly code: ErrorCode;
  /** All faults at once; empty unless the code is `INVALID` or `NOT_OURS`, or of a push. The message has them too. */
  declare readonly faults: readonly Fault[];

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; faults?: readonly Fault[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    // Node prints an error that nobody catches with its stack and its properties; a mistake in the input is in no
    // function of ours, and to be told once
    if (code === "INVALID") this.stack = `CloudError: ${message}`;
    Object.defineProperty(this, "faults", { value: options.faults ?? [], enumerable: false });
  }
}

/** Whether an error says that a cluster cannot be worked with, whatever it was asked. */
export const concernsCluster = ({ code }: Pick<CloudError, "code">): boolean =>
  code === "UNREACHABLE" || code === "UNAUTHORIZED";

/**
 * One error for all faults of an input, a line for each.
 *
 * @param subject - What was not done because of them, as in `nothing was written`.
 */
export function invalid(faults: readonly Fault[], subject: string): CloudError {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const lines = faults.map(({ path, message }) => `  ${path}: ${message}`);
  return new CloudError("INVALID", [`${count}; ${subject}`, ...lines].join("\n"), { faults });
}

/** What the operating system calls a failure, as in `ENOENT`; `unknown` for one that is not its. */
export const systemCodeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown";
