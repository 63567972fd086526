import { afterEach, expect, test, vi } from "vitest";
import { gitEnvironment } from "../../src/git/environment.ts";

afterEach(() => vi.unstubAllEnvs());

test("git never asks, speaks English, and uses known transports", () => {
  vi.stubEnv("GIT_TERMINAL_PROMPT", "1");
  vi.stubEnv("GIT_ALLOW_PROTOCOL", "ext");
  vi.stubEnv("LC_ALL", "de_DE.UTF-8");
  expect(gitEnvironment()).toMatchObject({
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "https:http:ssh:file",
    LC_ALL: "C",
  });
});

test.each([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_CONFIG_PARAMETERS",
  "GIT_EXTERNAL_DIFF",
  "GIT_TRACE_CURL",
  "GIT_EXEC_PATH",
  "GIT_TEMPLATE_DIR",
  "EDITOR",
  "PAGER",
])("%s does not reach git", (name) => {
  vi.stubEnv(name, "x");
  expect(gitEnvironment()).not.toHaveProperty(name);
});

test.each(["GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "SSH_AUTH_SOCK", "GIT_SSL_CAINFO", "HTTPS_PROXY", "HOME"])(
  "%s reaches git",
  (name) => {
    vi.stubEnv(name, "x");
    expect(gitEnvironment()).toHaveProperty(name, "x");
  },
);
