import type { ListrTaskWrapper, ProcessOutput } from "listr2";
import type { ProgressEvent } from "../../model/progress.ts";
import type { Progress } from "./progress.ts";
import { printable } from "./style.ts";

/** A line for each cluster, which changes in place until the cluster is through with the stage. */
export class TerminalProgress implements Progress {
  readonly #terminal: NodeJS.WriteStream;
  #output: ProcessOutput | undefined;
  #lines = new Map<string, ClusterLine>();
  #shown: Promise<unknown> = Promise.resolve();

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  readonly onProgress = (event: ProgressEvent): void => {
    switch (event.kind) {
      case "begin":
        this.#lines = new Map(event.clusters.map((cluster) => [cluster, new ClusterLine(`${event.stage} ${cluster}`)]));
        this.#show([...this.#lines.values()]);
        break;
      case "step":
        this.#lines.get(event.cluster)?.tell(event.text);
        break;
      case "end":
        this.#lines.get(event.cluster)?.end(event.text, event.failed);
        break;
    }
  };

  async settled(): Promise<void> {
    await this.#shown;
  }

  stop(): void {
    this.#output?.release();
  }

  /** After the stage before, since both draw on the same lines. */
  #show(lines: readonly ClusterLine[]): void {
    const tasks = lines.map((line) => ({ title: line.title, task: async (_: unknown, task: Task) => line.show(task) }));
    this.#shown = this.#shown.then(async () => {
      const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
      this.#output ??= new ProcessOutput(this.#terminal, this.#terminal, { leaveEmptyLine: false });
      const logger = new ListrLogger({ processOutput: this.#output });
      const rendererOptions = { logger, showErrorMessage: false };
      const options = { concurrent: true, exitOnError: false, registerSignalListeners: false } as const;
      // Listr looks at stdout to see whether there is a terminal; the fallback is for where there is none.
      const renderer = { renderer: "default", rendererOptions } as const;
      const fallback = { fallbackRenderer: "default", fallbackRendererOptions: rendererOptions } as const;
      await new Listr(tasks, { ...options, ...renderer, ...fallback }).run();
    });
  }
}

type Task = Pick<ListrTaskWrapper<unknown, never, never>, "title">;

/** What is told of a cluster may come before its line is on the screen. */
class ClusterLine {
  title: string;
  readonly #name: string;
  readonly #ended = Promise.withResolvers<boolean>();
  #task: Task | undefined;

  constructor(name: string) {
    this.#name = name;
    this.title = name;
  }

  tell(text: string): void {
    // agents are quoted
    this.title = `${this.#name}: ${printable(text)}`;
    if (this.#task !== undefined) this.#task.title = this.title;
  }

  end(text: string, failed: boolean): void {
    this.tell(text);
    this.#ended.resolve(failed);
  }

  /** Resolves when the cluster is through; a failure is told to Listr in its own way. */
  async show(task: Task): Promise<void> {
    this.#task = task;
    task.title = this.title;
    if (await this.#ended.promise) throw new Error(this.title);
  }
}
