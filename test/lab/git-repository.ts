import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer, text } from "node:stream/consumers";

export interface RepositoryOptions {
  /** The branch that clones check out. @default "main" */
  readonly branch?: string;
  /** @default "sha1" */
  readonly objectFormat?: "sha1" | "sha256";
  /** Shell script that every push must pass; what it prints to stderr is shown to who pushes. @default none */
  readonly preReceive?: string;
}

/** A bare repository. Branches are those of its options where none is given. */
export interface LabRepository {
  /** Of the bare repository; `file://<folder>` is a URL of it. */
  readonly folder: string;
  /**
   * Commit to a branch; other files stay as they are.
   *
   * @param files - New content under each path; undefined removes the file.
   * @returns The commit's id.
   */
  commit(files: FileChanges, options?: CommitOptions): Promise<string>;
  /** The id of a branch's last commit; undefined where there is no such branch. */
  tip(branch?: string): Promise<string | undefined>;
  /** The commits of a branch, newest first; none where there is no such branch. */
  log(branch?: string): Promise<readonly StoredCommit[]>;
  /** The content of every file under its path; none where there is no such branch or commit. */
  files(revision?: string): Promise<Readonly<Record<string, string>>>;
  /** Replace the script that pushes must pass; undefined lets all pass. */
  setPreReceive(script: string | undefined): Promise<void>;
}

export type FileChanges = Readonly<Record<string, string | undefined>>;

export interface CommitOptions {
  readonly branch?: string;
  /** @default "Change" */
  readonly message?: string;
}

export interface StoredCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** `name <address>` */
  readonly author: string;
  /** Whole, without the newline at its end. */
  readonly message: string;
}

/** What git is called with, so that no configuration of this machine has a say. */
export const GIT_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
};

const AUTHOR = "Lab <lab@example.test>";

/** Each commit begins with an ASCII record separator; its fields are separated by NUL. */
const LOG_FORMAT = "--format=%x1e%H%x00%P%x00%an <%ae>%x00%B";

/** Make an empty bare repository, as those of forges are: it serves filtered and shallow clones. */
export async function createBareRepository(folder: string, options: RepositoryOptions): Promise<LabRepository> {
  const { branch: main = "main", objectFormat = "sha1", preReceive } = options;
  const init = ["init", "--quiet", "--bare", "--template=", `--initial-branch=${main}`];
  await git([...init, `--object-format=${objectFormat}`, folder]);
  for (const key of ["http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"]) {
    await git(["-C", folder, "config", key, "true"]);
  }
  const inside = (...args: readonly string[]): readonly string[] => ["-C", folder, ...args];
  const tip = async (branch = main): Promise<string | undefined> =>
    (await git(inside("for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`))).trim() || undefined;
  const setPreReceive = (script: string | undefined): Promise<void> => writeHook(folder, script);
  await setPreReceive(preReceive);
  return {
    folder,
    tip,
    setPreReceive,
    commit: async (files, { branch = main, message = "Change" } = {}) => {
      const parent = await tip(branch);
      await git(inside("fast-import", "--quiet"), formatImport({ files, branch, message, parent }));
      return (await tip(branch)) ?? "";
    },
    log: async (branch = main) =>
      (await tip(branch)) === undefined ? [] : parseLog(await git(inside("log", LOG_FORMAT, branch))),
    files: async (revision = main) => readFiles(folder, revision),
  };
}

/**
 * Run git.
 *
 * @returns What it printed.
 * @throws Error with what it said on stderr.
 */
export async function git(
  args: readonly string[],
  input: string | Buffer = "",
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return (await gitBytes(args, input, env)).toString("utf8");
}

/** As {@link git}, for output that is not text. */
export async function gitBytes(
  args: readonly string[],
  input: string | Buffer = "",
  env: NodeJS.ProcessEnv = {},
): Promise<Buffer> {
  const child = spawn("git", args, { env: { ...GIT_ENVIRONMENT, ...env } });
  const output = Promise.all([buffer(child.stdout), text(child.stderr), once(child, "close")]);
  child.stdin.on("error", () => {}); // it may end before it has read all; its exit code tells
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await output;
  if (code !== 0) throw new Error(`lab: git ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

async function writeHook(folder: string, script: string | undefined): Promise<void> {
  const hook = join(folder, "hooks", "pre-receive");
  if (script === undefined) return rm(hook, { force: true });
  await mkdir(dirname(hook), { recursive: true });
  await writeFile(hook, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** @see https://git-scm.com/docs/git-fast-import#_input_format */
function formatImport(commit: {
  readonly files: FileChanges;
  readonly branch: string;
  readonly message: string;
  readonly parent: string | undefined;
}): string {
  const { files, branch, message, parent } = commit;
  const content = (value: string): string => `data ${Buffer.byteLength(value)}\n${value}\n`;
  const changes = Object.entries(files).map(([path, value]) =>
    value === undefined ? `D ${JSON.stringify(path)}\n` : `M 100644 inline ${JSON.stringify(path)}\n${content(value)}`,
  );
  const head = `commit refs/heads/${branch}\ncommitter ${AUTHOR} ${Math.floor(Date.now() / 1000)} +0000\n`;
  return [head, content(message), parent === undefined ? "" : `from ${parent}\n`, ...changes].join("");
}

function parseLog(output: string): readonly StoredCommit[] {
  const commits = output.split("\x1e").slice(1);
  return commits.map((commit) => {
    const [id = "", parents = "", author = "", message = ""] = commit.split("\0");
    return { id, parents: parents.split(" ").filter((parent) => parent !== ""), author, message: message.trimEnd() };
  });
}

/** A line of ls-tree is `<mode> <type> <id>`, a tab, the path. */
async function readFiles(folder: string, revision: string): Promise<Readonly<Record<string, string>>> {
  const isThere = (await git(["-C", folder, "cat-file", "--batch-check"], `${revision}^{tree}\n`)).includes(" tree ");
  if (!isThere) return {};
  const listing = await git(["-C", folder, "ls-tree", "-r", "-z", revision]);
  const entries = listing.split("\0").filter((entry) => entry !== "");
  const ids = entries.map((entry) => entry.slice(0, entry.indexOf("\t")).split(" ").at(-1));
  const paths = entries.map((entry) => entry.slice(entry.indexOf("\t") + 1));
  const blobs = parseBatch(await gitBytes(["-C", folder, "cat-file", "--batch"], `${ids.join("\n")}\n`));
  return Object.fromEntries(paths.map((path, index) => [path, blobs[index] ?? ""]));
}

/** `<id> blob <size>`, a newline, the content, a newline; for each object. */
function parseBatch(output: Buffer): readonly string[] {
  const contents: string[] = [];
  for (let offset = 0; offset < output.length; ) {
    const start = output.indexOf("\n", offset) + 1;
    const size = Number(output.subarray(offset, start).toString("latin1").trim().split(" ").at(-1));
    contents.push(output.subarray(start, start + size).toString("utf8"));
    offset = start + size + 1;
  }
  return contents;
}
