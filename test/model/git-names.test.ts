import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { asUrl, gitUrlFault, isBranchName, isRepositoryPath, repositoryPlace } from "../../src/model/git-names.ts";

describe("a repository is", () => {
  test.each([
    "https://git.example.com/platform/fleet.git",
    "http://127.0.0.1:8080/fleet",
    "ssh://git@git.example.com:2222/platform/fleet.git",
    "ssh://git.example.com/fleet",
    "git@git.example.com:platform/fleet.git",
    "git@git.example.com:/srv/fleet.git",
    "file:///srv/fleet.git",
    "/srv/fleet.git",
  ])("%s", (url) => {
    expect(gitUrlFault(url)).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["a relative path", "fleet.git"],
    ["an option", "--upload-pack=touch /tmp/x"],
    ["an option as a host", "-oProxyCommand=x@host:path"],
    ["an option as a path", "git@host:-x"],
    ["a transport that runs a program", "ext::sh"],
    ["another transport", "git://git.example.com/fleet"],
    ["a path that climbs", "/srv/../etc"],
    ["two lines", "https://git.example.com/\nfleet"],
    ["a space", "https://git.example.com/a b"],
    ["a name and a password", "https://ada:secret@git.example.com/fleet"],
    ["a token alone", "https://secret@git.example.com/fleet"],
    ["a token in its query", "https://git.example.com/fleet?private_token=secret"],
    ["what turns its text around", "https://git.example.com/\u202etelf"],
    ["a password for ssh", "ssh://git:secret@git.example.com/fleet"],
  ])("not %s", (_, url) => {
    const fault = gitUrlFault(url);
    expect(fault).toMatch(/; /);
    expect(fault).not.toContain("secret");
  });
});

test.each([
  ["git@git.example.com:platform/fleet.git", "ssh://git@git.example.com/platform/fleet.git"],
  ["git@git.example.com:/srv/fleet.git", "ssh://git@git.example.com/srv/fleet.git"],
  ["ssh://git@git.example.com/fleet", "ssh://git@git.example.com/fleet"],
  ["https://git.example.com/fleet", "https://git.example.com/fleet"],
])("agents are told of %s as %s", (url, expected) => {
  expect(asUrl(url)).toBe(expected);
});

const BRANCHES = ["main", "a/b", "release-1.2", "é", "a@b", "a{b", "-a", "a..b", "a.lock", "a/.b", "a.", "/a", "a/"];
const MORE = ["a//b", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a@{b", ".a", "a\u007fb", "a.lock/b"];

test("git takes every branch that we take, and of those that we refuse only what people take for another one", () => {
  for (const name of ["@", "HEAD", "refs/heads/main", "main\u200b", "\u202eniam"])
    expect(isBranchName(name)).toBe(false);
  for (const name of [...BRANCHES, ...MORE]) {
    const { status } = spawnSync("git", ["check-ref-format", "--branch", name]);
    expect([name, isBranchName(name)]).toEqual([name, status === 0]);
  }
});

test.each([
  [".", true],
  ["clusters", true],
  ["a/b_c/d.e", true],
  ["", false],
  ["/a", false],
  ["a/", false],
  ["a//b", false],
  ["./a", false],
  ["a/../b", false],
  ["..", false],
  ["a/.git", false],
  [".GIT/a", false],
  ["-a", false],
  ["a b", false],
  ["a\\b", false],
  ["a".repeat(200), true],
  ["a".repeat(201), false],
])("%s is a folder of a repository: %j", (path, expected) => {
  expect(isRepositoryPath(path)).toBe(expected);
});

test.each([
  "https://git.example.com/platform/fleet.git",
  "https://GIT.example.com:443/platform/fleet/",
  "ssh://git@Git.example.com:2222/platform/fleet.git",
  "git@git.example.com:platform/fleet",
])("%s is one place with all other URLs of the repository", (url) => {
  expect(repositoryPlace(url)).toEqual({ server: "git.example.com", path: "/platform/fleet" });
});

test.each(["/srv/fleet.git", "file:///srv/fleet"])("%s is a place of this machine", (url) => {
  expect(repositoryPlace(url)).toEqual({ server: "", path: "/srv/fleet" });
});
