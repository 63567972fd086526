import { mapConcurrently } from "../kube-api/map-concurrently.ts";

/** Pushes to one server at a time: sshd refuses more than ten that have not yet said who they are. */
const AT_ONCE = 8;

/** Something that is to be done when its turn comes. */
export interface Turn<T> {
  /** Turns on other servers do not wait for it. */
  readonly server: string;
  /** Turns for one place are taken one after another. */
  readonly place: string;
  readonly run: () => Promise<T>;
}

/**
 * Do all of it, a few at once on each server.
 *
 * @returns What comes of each, in their order. One that fails stops no other.
 */
export function inTurn<T>(turns: readonly Turn<T>[]): readonly Promise<T>[] {
  const waiting = turns.map((turn) => ({ ...turn, ...Promise.withResolvers<T>() }));
  for (const ofServer of Map.groupBy(waiting, ({ server }) => server).values()) {
    const places = [...Map.groupBy(ofServer, ({ place }) => place).values()];
    void mapConcurrently(places, AT_ONCE, async (ofPlace) => {
      for (const { run, resolve, reject } of ofPlace) await run().then(resolve, reject);
    });
  }
  return waiting.map(({ promise }) => promise);
}
