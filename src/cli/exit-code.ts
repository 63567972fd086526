/** How a command ended. A command that was interrupted ends as the signal says: 130, 143 or 129. */
export const EXIT = {
  done: 0,
  /** What was compared differs; with a report on stdout, which a refusal does not have. */
  differences: 1,
  /** Nothing, or not all, was done: something here is wrong. */
  refused: 1,
  /** The command line is wrong. */
  usage: 2,
  /** At least one cluster did not get, or give, all of it; the others are done. */
  clustersFailed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
