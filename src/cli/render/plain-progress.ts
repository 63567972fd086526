import type { ProgressEvent } from "../../model/progress.ts";
import type { Progress } from "./progress.ts";

/** A line where a cluster is through with a stage; steps between would only fill logs. */
export class PlainProgress implements Progress {
  readonly #writeLine: (line: string) => void;
  #stage = "";

  constructor(writeLine: (line: string) => void) {
    this.#writeLine = writeLine;
  }

  readonly onProgress = (event: ProgressEvent): void => {
    if (event.kind === "begin") this.#stage = event.stage;
    if (event.kind === "end") this.#writeLine(`${this.#stage} ${event.cluster}: ${event.text}`);
  };

  async settled(): Promise<void> {}

  stop(): void {}
}
