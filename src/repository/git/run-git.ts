import process from "node:process";
import { GitError, type SimpleGitOptions, simpleGit } from "simple-git";

/** A git command that did not end well. */
export class GitFailure extends GitError {
  /** What it printed. */
  readonly output: string;

  constructor(output: string) {
    super(undefined, output);
    this.output = output;
  }
}

/** No hook runs, as post-index-change would. */
const CONFIG = ["core.hooksPath=/dev/null"];

/** simple-git refuses these unless told otherwise, since they may come from an attacker. */
const UNSAFE: NonNullable<SimpleGitOptions["unsafe"]> = {
  // ours alone: we turn hooks off
  allowUnsafeHooksPath: true,
  // the user's: which configuration counts, and how git gets at what a partial clone lacks
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeUrlRewrite: true,
  allowUnsafeSshCommand: true,
  allowUnsafeAskPass: true,
};

/** Variables of the user's that reach git: `GIT_DIR` or `GIT_INDEX_FILE` of a hook that has started us would lead it astray. */
const LET_THROUGH = /^(?:GIT_CONFIG_.+|GIT_SSH|GIT_SSH_COMMAND|GIT_SSH_VARIANT|GIT_ASKPASS|SSH_ASKPASS)$/;

/** What simple-git takes for a variable of git, beside those that begin with `GIT_`. */
const GUARDED = /^(?:GIT_.*|EDITOR|PAGER|PREFIX|VISUAL|SSH_ASKPASS)$/i;

/**
 * Run a git command in a folder of a checkout.
 *
 * @param variables - More environment, as `GIT_INDEX_FILE`.
 * @returns What it printed to stdout.
 * @throws {@link GitFailure}
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = environment(variables);
  const git = simpleGit({
    baseDir: folder,
    config: CONFIG,
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(env),
    completion: { onExit: false },
    // simple-git takes a failure that prints nothing for a success
    errors: (error, { exitCode, stdErr }) => {
      if (error === undefined && exitCode === 0) return undefined;
      const ended = error instanceof Error ? error.message : "git failed";
      return new GitFailure(Buffer.concat(stdErr).toString("utf8").trim() || ended);
    },
  });
  try {
    return await git.env(env).raw([...args]);
  } catch (error) {
    if (error instanceof GitFailure) throw error;
    throw new GitFailure(error instanceof Error ? error.message : String(error));
  }
}

function environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(([name]) => !GUARDED.test(name) || LET_THROUGH.test(name));
  // messages are read by program, and nobody is there to answer
  const ours = { LC_ALL: "C", LANGUAGE: "", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", ...variables };
  return Object.fromEntries(
    [...kept, ...Object.entries(ours)].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
