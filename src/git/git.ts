import { GitError, GitPluginError, type SimpleGitOptions, simpleGit } from "simple-git";
import { cleanOutput } from "./clean-output.ts";
import { gitEnvironment, workingDirectory } from "./environment.ts";

/** Runs git commands on one repository. */
export interface Git {
  /**
   * @returns What the command printed to stdout.
   * @throws {@link GitFailure}
   */
  readonly run: (args: readonly string[], options?: GitOptions) => Promise<string>;
  /** As `run`, for a command that speaks with the remote. */
  readonly talk: (args: readonly string[], options?: GitOptions) => Promise<string>;
}

interface GitOptions {
  /** What the command reads from stdin; never empty. */
  readonly input?: Buffer;
  /** As `key=value`, for this command. */
  readonly config?: readonly string[];
}

/** A git command that did not end well. */
export class GitFailure extends GitError {
  /** What it printed, without credentials and control characters. */
  readonly output: string;
  /** Undefined where it was never started, or ended by a signal. */
  readonly exitCode: number | undefined;

  constructor(output: string, exitCode?: number) {
    super(undefined, output);
    this.output = output;
    this.exitCode = exitCode;
  }
}

/**
 * What no configuration may change: hooks do not run, nothing is left running in the background, objects may be asked for
 * by id, and no option for the server is sent that nobody asked us for.
 */
const CONFIG = [
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.version=2",
  "push.pushOption=",
  "i18n.commitEncoding=UTF-8",
  "clone.defaultRemoteName=origin",
  // git would else make an address up from the name of the host
  "user.useConfigOnly=true",
];

/** simple-git refuses these unless told otherwise, since they may come from an attacker. Here they come from the user. */
const UNSAFE: NonNullable<SimpleGitOptions["unsafe"]> = {
  // GIT_SSH_COMMAND and GIT_SSH: how people give deploy keys to git
  allowUnsafeSshCommand: true,
  // GIT_ASKPASS and SSH_ASKPASS: how editors and continuous integration give passwords to git
  allowUnsafeAskPass: true,
  // GIT_CONFIG_COUNT with the keys credential.helper and url.<base>.insteadOf: the same for tokens
  allowUnsafeConfigEnvCount: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeUrlRewrite: true,
  // GIT_CONFIG_GLOBAL and GIT_CONFIG_SYSTEM: which configuration is the user's
  allowUnsafeConfigPaths: true,
  // ours alone: we turn hooks off, and clone without a template
  allowUnsafeHooksPath: true,
  allowUnsafeTemplateDir: true,
};

/** After the end of git, a helper of it (as ssh's ControlMaster) may keep its output open for ever. */
const HELPER_MS = 2000;

/**
 * @param repository - The bare repository; absent where there is none yet.
 * @param silenceMs - A command that speaks with the remote and says nothing for so long is ended.
 */
export function gitOn(repository: string | undefined, silenceMs: number): Git {
  const variables = repository === undefined ? {} : { GIT_DIR: repository };
  const remote = {
    completion: { onExit: HELPER_MS },
    timeout: { block: silenceMs },
  } satisfies Partial<SimpleGitOptions>;
  return {
    run: (args, options = {}) => run(args, { ...options, variables }, LOCAL),
    talk: (args, options = {}) => run(args, { ...options, variables }, remote),
  };
}

/**
 * @param folder - Any of a checkout; its repository is found as git finds it.
 * @param variables - More environment, as `GIT_INDEX_FILE`.
 */
export const gitIn = (folder: string, variables: Readonly<Record<string, string>> = {}): Pick<Git, "run"> => ({
  run: (args, options = {}) => run(["-C", folder, ...args], { ...options, variables }, LOCAL),
});

/** simple-git takes an error of Node, as where there is no git, for what git has printed. */
const STACK = /\n +at .*\(node:internal\/.*\)/g;

const LOCAL = { completion: { onExit: false } } satisfies Partial<SimpleGitOptions>;

async function run(
  args: readonly string[],
  { input, config = [], variables }: GitOptions & { readonly variables: Readonly<Record<string, string>> },
  more: Partial<SimpleGitOptions>,
): Promise<string> {
  const env = gitEnvironment(variables);
  const git = simpleGit({
    ...more,
    baseDir: workingDirectory(),
    config: [...CONFIG, ...config],
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(env),
    ...(input === undefined ? {} : { input: () => input }),
    // simple-git takes a failure that prints nothing for a success
    errors: (error, { exitCode, stdErr, stdOut }) => {
      if (error === undefined && exitCode === 0) return undefined;
      const printed = Buffer.concat([...stdErr, Buffer.from("\n"), ...stdOut]).toString("utf8");
      const ended = error instanceof GitPluginError ? error.message : "";
      return new GitFailure(cleanOutput(`${printed.replace(STACK, "")}\n${ended}`), exitCode);
    },
  });
  try {
    return await git.env(env).raw([...args]);
  } catch (error) {
    if (error instanceof GitFailure) throw error;
    throw new GitFailure(cleanOutput(error instanceof Error ? error.message : String(error)));
  }
}
