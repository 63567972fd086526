import type { ProgressEvent } from "../../model/progress.ts";

/** Shows on stderr how far each cluster is. */
export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Resolves once all is shown that was told. */
  readonly settled: () => Promise<void>;
  /** Leave the terminal as it was; nothing is shown any more. */
  readonly stop: () => void;
}
