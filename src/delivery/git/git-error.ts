import { maskCredentials } from "../../git/clean-output.ts";
import type { GitFailure } from "../../git/git.ts";
import { LOCAL_REASONS } from "../../git/local-reasons.ts";
import { CloudError, type ErrorCode } from "../../model/error.ts";

/**
 * What a failure of git means for a push.
 *
 * `overtaken`: somebody else was quicker. `broken`: the connection, so that nobody knows whether the push has arrived.
 * `final`: it would only come again.
 */
export type FailureKind = "overtaken" | "broken" | "final";

/** Server and git say so where a branch was changed meanwhile. */
const OVERTAKEN =
  /\((?:fetch first|non-fast-forward|stale info|remote ref updated since checkout)\)|cannot lock ref|failed to update ref|failed to lock|reference already exists|incorrect old (?:value|oid)|missing necessary objects|unable to create '[^']*\.lock'|shallow (?:update not allowed|file has changed)/i;

/** Looks like it, but never goes away: a name of branches is a file of the server, or a folder. */
const NAME_TAKEN = /' exists; cannot create '/;

interface Reason {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly says: string;
}

/** In order: the first that fits says what happened. */
const REASONS: readonly Reason[] = [
  {
    pattern: NAME_TAKEN,
    code: "PUSH_DECLINED",
    says: "the name of the branch begins with that of another, or the other way round, which git does not take; name another",
  },
  {
    pattern: /\[remote rejected\]|GH006|GL-HOOK-ERR|hook declined|protected branch/i,
    code: "PUSH_DECLINED",
    says: "the server declines the push; where the branch is protected, deliver with --pull-request",
  },
  {
    pattern:
      /authentication failed|could not read (?:username|password)|terminal prompts disabled|permission denied \((?:publickey|password|keyboard)|invalid (?:username|credentials)|access denied|returned error: 401/i,
    code: "UNAUTHORIZED",
    says: "git has no credential that the server takes; see to its ssh key or credential helper",
  },
  {
    pattern: /returned error: 403|permission to .* denied|not allowed to push|write access .* not granted|read-only/i,
    code: "FORBIDDEN",
    says: "the credential may not do this; give it write access to the repository",
  },
  {
    pattern:
      /repository '[^']*' (?:not found|does not exist)|repository not found|returned error: 404|does not appear to be a git repository|project you were looking for could not be found/i,
    code: "NOT_FOUND",
    says: "there is no such repository, or the credential may not see it; make it first",
  },
  {
    pattern: /remote host identification has changed/i,
    code: "UNREACHABLE",
    says: "the server shows another host key than known_hosts has, so it may be another server; ask who runs it",
  },
  {
    pattern: /host key verification failed/i,
    code: "UNREACHABLE",
    says: "ssh does not know the server's host key; add it to known_hosts",
  },
  ...LOCAL_REASONS,
];

const BROKEN =
  /could not resolve host|connection (?:refused|reset|timed out|closed)|unable to access|early eof|hung up|rpc failed|unexpected disconnect|unexpected eof|broken pipe|network is unreachable|no route to host|operation timed out|block timeout|returned error: 5\d\d|timed out|bad pack|could not read from remote repository|expected flush|empty reply/i;

export function kindOf({ output }: GitFailure): FailureKind {
  if (OVERTAKEN.test(output) && !NAME_TAKEN.test(output)) return "overtaken";
  if (REASONS.some(({ pattern }) => pattern.test(output))) return "final";
  return BROKEN.test(output) ? "broken" : "final";
}

/** @param repository - May hold a credential, which is not told. */
export function explain(failure: GitFailure, repository: string): CloudError {
  const reason = REASONS.find(({ pattern }) => pattern.test(failure.output));
  const isBroken = BROKEN.test(failure.output);
  const code = reason?.code ?? (isBroken ? "UNREACHABLE" : "GIT_FAILED");
  const says = reason?.says ?? (isBroken ? "the server cannot be reached; is it up?" : "git failed");
  return new CloudError(code, `${maskCredentials(repository)}: ${says}${formatOutput(failure)}`, { cause: failure });
}

/** What git said that tells something, each line on a new one. */
export function formatOutput({ output }: GitFailure): string {
  const lines = output.split("\n").filter((line) => !/^\s*$|^To |^Done$|^Cloning into /.test(line));
  return lines.map((line) => `\n  ${line}`).join("");
}
