import type { GitFailure } from "../../git/git.ts";
import { CloudError } from "../../model/error.ts";

/** What a failure of git in a checkout means for its user. */
export function explain(failure: GitFailure): CloudError {
  const [code, says] = reasonOf(failure.output);
  return new CloudError(code, `${says}\n  ${failure.output.split("\n").join("\n  ")}`, { cause: failure });
}

function reasonOf(output: string): readonly ["FORBIDDEN" | "GIT_FAILED", string] {
  if (/ENOENT|spawn git/.test(output)) return ["GIT_FAILED", "git cannot be started; is it installed?"];
  if (/dubious ownership/i.test(output)) {
    return ["FORBIDDEN", "the repository belongs to another user of this machine; see safe.directory of git"];
  }
  return ["GIT_FAILED", "git failed; what it says may help"];
}
