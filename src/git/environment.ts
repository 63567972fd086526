import process from "node:process";

/**
 * Variables of git's own that reach it. What is not here is taken away: simple-git would refuse it, and `GIT_DIR` or
 * `GIT_INDEX_FILE` of a hook that has started us would lead git elsewhere.
 */
const LET_THROUGH = new RegExp(
  [
    // how ssh is called, and who answers when git or ssh asks for a password: the choice of whoever has set them
    "^(?:GIT_SSH|GIT_SSH_COMMAND|GIT_SSH_VARIANT|GIT_ASKPASS|SSH_ASKPASS)$",
    // which configuration counts: continuous integration hands headers and credential helpers over in these
    "^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\\d+|VALUE_\\d+)$",
    // whose commit it is
    "^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)$",
    // certificates and proxies
    "^GIT_(?:SSL|PROXY_SSL|HTTP)_[A-Z_]+$",
  ].join("|"),
);

/** What simple-git takes for a variable of git, beside those that begin with `GIT_`. */
const GUARDED = /^(?:GIT_.*|EDITOR|PAGER|PREFIX|VISUAL|SSH_ASKPASS)$/i;

/** Transports that we let git use, also where `url.<base>.insteadOf` of the user's configuration leads elsewhere. */
const PROTOCOLS = "https:http:ssh:file";

/**
 * The whole environment of a git command: that of this process, without what would lead git astray.
 *
 * @param variables - More of them, as `GIT_DIR`.
 */
export function gitEnvironment(variables: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(([name]) => !GUARDED.test(name) || LET_THROUGH.test(name));
  const ours = {
    // messages are read by program
    LC_ALL: "C",
    LANGUAGE: "",
    // nobody is there to answer
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: PROTOCOLS,
    // to look at a checkout does not change it
    GIT_OPTIONAL_LOCKS: "0",
    ...variables,
  };
  return Object.fromEntries(
    [...kept, ...Object.entries(ours)].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Where relative paths of the user's environment and configuration start, as in `GIT_SSH_COMMAND="ssh -i ./key"`. */
export const workingDirectory = (): string => process.cwd();
