import { expect, test } from "vitest";
import { explain, kindOf } from "../../../src/delivery/git/git-error.ts";
import { cleanOutput } from "../../../src/git/clean-output.ts";
import { GitFailure } from "../../../src/git/git.ts";

/** What git and forges print, and what it means. */
test.each([
  ["! [rejected]        a -> main (fetch first)", "overtaken", undefined],
  ["! [rejected] a -> main (non-fast-forward)", "overtaken", undefined],
  ["! [rejected] a -> main (stale info)", "overtaken", undefined],
  [
    "! [remote rejected] main -> main (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
    "overtaken",
    undefined,
  ],
  ["! [remote rejected] main -> main (incorrect old value provided)", "overtaken", undefined],
  ["! [remote rejected] main -> main (failed to update ref)", "overtaken", undefined],
  ["! [remote rejected] main -> main (missing necessary objects)", "overtaken", undefined],
  [
    "remote: error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'\n" +
      "! [remote rejected] 1 -> a/b (failed to update ref)",
    "final",
    "PUSH_DECLINED",
  ],
  ["! [remote rejected] main -> main (pre-receive hook declined)", "final", "PUSH_DECLINED"],
  ["! [remote rejected] main -> main (protected branch hook declined)", "final", "PUSH_DECLINED"],
  ["remote: GL-HOOK-ERR: You are not allowed to push code", "final", "PUSH_DECLINED"],
  ["fatal: Authentication failed for 'https://git.example.test/x'", "final", "UNAUTHORIZED"],
  ["fatal: could not read Username for 'https://x': terminal prompts disabled", "final", "UNAUTHORIZED"],
  ["git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", "final", "UNAUTHORIZED"],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 403", "final", "FORBIDDEN"],
  ["ERROR: Permission to a/b.git denied to robot.", "final", "FORBIDDEN"],
  ["fatal: repository 'https://x/' not found", "final", "NOT_FOUND"],
  ["ERROR: Repository not found.\nfatal: Could not read from remote repository.", "final", "NOT_FOUND"],
  ["fatal: '/x' does not appear to be a git repository", "final", "NOT_FOUND"],
  ["Host key verification failed.\nfatal: Could not read from remote repository.", "final", "UNREACHABLE"],
  [
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.",
    "final",
    "UNREACHABLE",
  ],
  ["fatal: unable to access 'https://x/': Could not resolve host: x", "broken", "UNREACHABLE"],
  ["ssh: connect to host x port 22: Connection refused", "broken", "UNREACHABLE"],
  ["error: RPC failed; curl 52 Empty reply from server\nfatal: the remote end hung up", "broken", "UNREACHABLE"],
  ["fatal: early EOF", "broken", "UNREACHABLE"],
  ["block timeout reached", "broken", "UNREACHABLE"],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 503", "broken", "UNREACHABLE"],
  ["error: unknown option `no-commit-header'", "final", "GIT_FAILED"],
  ["spawn git ENOENT", "final", "GIT_FAILED"],
  ["fatal: something else", "final", "GIT_FAILED"],
])("%j is known", (output, kind, code) => {
  const failure = new GitFailure(output);
  expect(kindOf(failure)).toBe(kind);
  if (code !== undefined) expect(explain(failure, "https://x/").code).toBe(code);
});

test.each([
  ["https://user:s3cret@host/x", "https://***@host/x"],
  ["fatal: 'https://s3cret@host/x'", "fatal: 'https://***@host/x'"],
  ["Authorization: Basic s3cret", "Authorization: ***"],
  ["https://host/x?private_token=s3cret&a=1", "https://host/x?private_token=***&a=1"],
  ["token ghp_0123456789abcdef", "token ***"],
  ["\x1b[31mred\x1b[0m\x1b]0;title\x07", "red]0;title"],
  ["remote: one\rremote: two", "remote: one\nremote: two"],
  ["plain text: a@b.example, 10:20", "plain text: a@b.example, 10:20"],
])("%j is told without what is secret or moves a terminal", (printed, told) => {
  expect(cleanOutput(printed)).toBe(told);
});

test("of what git says, what tells nothing is left out", () => {
  const said = "Cloning into bare repository '/tmp/x'...\nfatal: early EOF\n\nDone";
  expect(explain(new GitFailure(said), "https://x/").message).toMatch(/is it up\?\n {2}fatal: early EOF$/);
});

test("what a server says at length hides neither its beginning nor what came of it", () => {
  const said = Array.from({ length: 500 }, (_, line) => `remote: rule ${line} is not kept`);
  const failure = new GitFailure(cleanOutput([...said, "! [remote rejected] main (hook declined)"].join("\n")));
  expect(failure.output.length).toBeLessThan(5000);
  expect(failure.output).toContain("rule 0 is");
  expect(explain(failure, "https://x/").code).toBe("PUSH_DECLINED");
});
