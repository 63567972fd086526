import { expect } from "vitest";
import { CloudError, type ErrorCode } from "../../src/model/error.ts";

/** Expect a failure with that code, told in one line: what happened; what to do. Returns it. */
export function expectRefusal(code: ErrorCode, action: () => unknown): CloudError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CloudError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[^A-Z\n][^\n]*; [^\n]*[^.\n]$/) });
    return error as CloudError;
  }
  return expect.fail("nothing was refused");
}
