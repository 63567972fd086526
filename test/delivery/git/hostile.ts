import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, vi } from "vitest";

/** Contents in which filters, line ends and `$Id$` would show. */
export const NASTY = 'a\r\nb\n$Id$\n"é"\t';

/** Traps for programs that must not run, in a folder of a test file; git's configuration is the user's own again after each test. */
export function hostileTo(folder: string) {
  afterEach(() => vi.unstubAllEnvs());
  return {
    /** A program that leaves a file where it ran. */
    trap: (name: string): { readonly program: string; readonly hasRun: () => boolean } => {
      const [program, mark] = [join(folder, `trap-${name}`), join(folder, `ran-${name}`)];
      writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\ncat\n`, { mode: 0o755 });
      return { program, hasRun: () => existsSync(mark) };
    },
    /** Let the user's configuration be this. */
    configure: (lines: readonly string[]): void => {
      const path = join(folder, "gitconfig");
      writeFileSync(path, `${lines.join("\n")}\n`);
      vi.stubEnv("GIT_CONFIG_GLOBAL", path);
    },
  };
}
