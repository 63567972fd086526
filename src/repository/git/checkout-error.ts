import type { GitFailure } from "../../git/git.ts";
import { LOCAL_REASONS } from "../../git/local-reasons.ts";
import { CloudError } from "../../model/error.ts";

/** What a failure of git in a checkout means for its user. */
export function explain(failure: GitFailure): CloudError {
  const reason = LOCAL_REASONS.find(({ pattern }) => pattern.test(failure.output));
  const { code, says } = reason ?? { code: "GIT_FAILED", says: "git failed; what it says may help" };
  return new CloudError(code, `${says}\n  ${failure.output.split("\n").join("\n  ")}`, { cause: failure });
}
