/** Environment of CoreDNS; a variable that is not in it is empty. */
export type Environment = Readonly<Record<string, string>>;

/**
 * Put values in the place of `{$NAME}` and `{%NAME%}`, as CoreDNS does in every word after splitting.
 *
 * @param environment - Where it is not known, references stay as they are written.
 * @see https://github.com/coredns/caddy/blob/v1.1.4/caddyfile/parse.go replaceEnvVars
 */
export function substitute(word: string, environment: Environment | undefined): string {
  if (environment === undefined || !word.includes("{")) return word;
  return replaceAll(replaceAll(word, "{%", "%}", environment), "{$", "}", environment);
}

function replaceAll(word: string, open: string, close: string, environment: Environment): string {
  for (let rest = word; ; ) {
    const start = rest.indexOf(open);
    const end = start < 0 ? -1 : rest.indexOf(close, start);
    // a reference without a name is none, and ends the search
    if (end <= start + open.length) return rest;
    const reference = rest.slice(start, end + close.length);
    const name = reference.slice(open.length, -close.length);
    rest = rest.replaceAll(reference, () => (Object.hasOwn(environment, name) ? (environment[name] ?? "") : ""));
  }
}

/** Whether the environment decides what a word is. */
export const refersToEnvironment = (word: string): boolean => /\{\$[^}]|\{%[^%]/.test(word);
