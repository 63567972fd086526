/**
 * Do something for each key that is asked for: a few keys at a time, one after another for the same key. Whoever asks
 * while a key still waits shares its turn; whoever asks while it is under way gets another turn after that.
 *
 * @param limit - Keys that are under way at once.
 * @returns A function that asks; its promise is settled as that turn is.
 */
export function coalesce(limit: number, run: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const running = new Set<string>();
  const startNext = (): void => {
    for (const [key, { resolve, reject }] of waiting) {
      if (running.size >= limit) return;
      if (running.has(key)) continue;
      waiting.delete(key);
      running.add(key);
      const end = (settle: () => void): void => {
        running.delete(key);
        settle();
        startNext();
      };
      run(key).then(
        () => end(resolve),
        (error: unknown) => end(() => reject(error)),
      );
    }
  };
  return (key) => {
    const turn = waiting.get(key) ?? Promise.withResolvers<void>();
    waiting.set(key, turn);
    startNext();
    return turn.promise;
  };
}
