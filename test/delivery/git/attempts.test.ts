import { expect, test } from "vitest";
import { untilDone } from "../../../src/delivery/git/attempts.ts";
import { GitFailure } from "../../../src/git/git.ts";

const failing = (output: string) => async (): Promise<undefined> => {
  throw new GitFailure(output);
};

test.each([
  ["the server never answers", failing("block timeout reached"), "UNREACHABLE"],
  ["others are always quicker", failing("! [rejected] a -> main (stale info)"), "CONFLICT"],
  ["others are quicker after the push", async () => undefined, "CONFLICT"],
])("when time is over, what is told is why: %s", async (_, attempt, code) => {
  await expect(untilDone(attempt, "https://git.example.com/fleet", 0)).rejects.toMatchObject({ code });
});

test("who gives up is told what git said last, as of a lock that nobody takes away", async () => {
  const attempt = failing("fatal: Unable to create '/srv/fleet.git/refs/heads/main.lock': File exists.");
  await expect(untilDone(attempt, "https://git.example.com/fleet", 0)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("main.lock"),
  });
});

test("a connection that breaks once is tried again", async () => {
  let tries = 0;
  const attempt = async (): Promise<string> => {
    if (++tries === 1) throw new GitFailure("fatal: early EOF");
    return "done";
  };
  expect(await untilDone(attempt, "https://git.example.com/fleet", 10_000)).toBe("done");
});
