import { cleanOutput, maskCredentials } from "../../git/clean-output.ts";
import { countOf } from "../../model/count.ts";
import { CloudError, type ErrorCode, type Fault } from "../../model/error.ts";

/**
 * One error for all that keeps a push from being made, a line for each.
 *
 * @param repository - May hold a credential, which is not told.
 */
export function refusal(code: ErrorCode, repository: string, faults: readonly Fault[]): CloudError {
  const lines = faults.map(({ path, message }) => `  ${cleanOutput(path).replaceAll("\n", " ")}: ${message}`);
  const head = `${maskCredentials(repository)}: ${countOf(faults.length, "fault")}; nothing was pushed`;
  return new CloudError(code, [head, ...lines].join("\n"), { faults });
}
