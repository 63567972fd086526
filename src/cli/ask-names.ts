import { createInterface } from "node:readline/promises";

/**
 * Have somebody type each name, to show that it is meant.
 *
 * @returns Whether all were typed as they are. After the first that was not, or where the input ends, no other is asked for.
 */
export async function askNames(
  names: readonly string[],
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<boolean> {
  const terminal = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    for (const name of names) {
      const question = terminal.question(`To delete namespace ${name} with all that is in it, type its name: `);
      const typed = await Promise.race([question, ended]);
      if (typed.trim() !== name) return false;
    }
    return true;
  } finally {
    terminal.close();
  }
}
