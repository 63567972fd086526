/** Why git fails on this machine, whatever it is asked to do. */
export interface LocalReason {
  /** Of its output. */
  readonly pattern: RegExp;
  readonly code: "FORBIDDEN" | "GIT_FAILED";
  /** What happened, and what to do. */
  readonly says: string;
}

export const LOCAL_REASONS: readonly LocalReason[] = [
  {
    pattern: /dubious ownership/i,
    code: "FORBIDDEN",
    says: "the repository belongs to another user of this machine; see safe.directory of git",
  },
  {
    pattern: /unknown option|unrecognized argument|unknown switch/i,
    code: "GIT_FAILED",
    says: "git is too old; 2.34 is enough",
  },
  {
    pattern: /ENOENT|spawn git/,
    code: "GIT_FAILED",
    says: "git cannot be started; is it installed?",
  },
];
