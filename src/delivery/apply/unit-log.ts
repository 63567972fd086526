import { type Change, type Failure, failureOf, type UnitChange } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import { stageOf } from "../../model/kinds.ts";
import { refKey } from "../../model/ref.ts";

/** Objects of one unit that are read or written at a time. */
export const OBJECTS_AT_ONCE = 6;

/** Collects what is done to one unit, while it is done. */
export class UnitLog {
  readonly #cluster: string;
  readonly #unit: string;
  readonly #onChange: ((unit: string, change: Change) => void) | undefined;
  readonly #changes: Change[] = [];
  readonly #failures: Failure[] = [];
  #waits: string | undefined;

  constructor(cluster: string, unit: string, onChange: ((unit: string, change: Change) => void) | undefined) {
    this.#cluster = cluster;
    this.#unit = unit;
    this.#onChange = onChange;
  }

  get hasFailed(): boolean {
    return this.#failures.length > 0;
  }

  change(change: Change): void {
    this.#changes.push(change);
    this.#onChange?.(this.#unit, change);
  }

  fail(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** @param reason - As of {@link UnitChange}. */
  wait(reason: string): void {
    this.#waits = reason;
  }

  /**
   * Do something with one object; its error fails the unit, and others may still be tried.
   *
   * @returns undefined where it failed.
   * @throws {@link CloudError} that would only come again for every other object.
   */
  async attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
      this.fail(failureOf(error, this.#cluster));
      return undefined;
    }
  }

  /** Changes by stage and name, since they ended in any order. */
  toUnitChange(): UnitChange {
    const changes = this.#changes.toSorted(
      (a, b) => stageOf(a.ref.kind) - stageOf(b.ref.kind) || compare(refKey(a.ref), refKey(b.ref)),
    );
    const failures = this.#failures.toSorted((a, b) => compare(a.message, b.message));
    const waits = this.#waits;
    return { unit: this.#unit, changes, failures, ...(waits === undefined ? {} : { waits }) };
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
