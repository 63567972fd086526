import { isReportStart } from "./uncaught-report.ts";

/** Takes out of an app's stderr what Node prints there of our own. */
export class AppStderr {
  /** Of synthesis, each `path: message`. */
  readonly warnings: string[] = [];
  /** Node's report of an uncaught error. It is the last thing that a program says, so that to keep it delays nothing. */
  readonly report: string[] = [];
  readonly #others: (line: string) => void;
  #isWarning = false;

  /** @param others - Told each line that is none of these. */
  constructor(others: (line: string) => void) {
    this.#others = others;
  }

  hear(line: string): void {
    const isContinued = this.#isWarning && /^ {2}\S/.test(line);
    const isHint = this.#isWarning && /^\(Use `\S+ --trace-warnings/.test(line);
    this.#isWarning = isContinued || /^\(node:\d+\) LcloudWarning: /.test(line);
    if (isContinued) this.warnings.push(line.trim());
    else if (this.#isWarning || isHint) return;
    else if (this.report.length > 0 || isReportStart(line)) this.report.push(line);
    else this.#others(line);
  }
}
