import { posix } from "node:path";
import { findEffects } from "./find-effects.ts";
import { type Import, readSource } from "./read-imports.ts";
import { EXCEPTIONS, PARTS, type Part } from "./table.ts";

/**
 * What a file does that the table does not allow.
 *
 * @param path - Relative to the repository, with `/`.
 * @returns One line for each: the file, what it does, the rule.
 */
export function findViolations(path: string, text: string): readonly string[] {
  const name = partOf(path);
  const part = PARTS[name];
  if (part === undefined) return [`${path}: is of no part of the table; put it into one, or decide on a new one`];
  const source = readSource(path, text);
  const imports = source.imports.flatMap((each) => importViolation(path, name, part, each) ?? []);
  const allowed = [...part.effects, ...(EXCEPTIONS[path] ?? [])];
  const effects = findEffects(source)
    .filter(({ effect }) => !allowed.includes(effect))
    .map(({ effect, by }) => `uses ${by}; ${name} may not touch ${effect}`);
  const own = name === "index" ? source.program.body.filter((node) => !("source" in node) || node.source === null) : [];
  const rest = own.map(() => "holds code of its own; index only re-exports");
  return [...new Set([...imports, ...effects, ...rest])].map((what) => `${path}: ${what}`);
}

/** `model` of `src/model/ref.ts`, `pipeline` of `src/pipeline.ts`, `clouds` of `clouds/fleet.ts`. */
function partOf(path: string): string {
  const [top, next = ""] = path.split("/");
  return top === "src" ? next.replace(/\.ts$/, "") : (top ?? "");
}

function importViolation(path: string, name: string, part: Part, { specifier, isType }: Import): string | undefined {
  if (specifier === undefined) return "imports what only runs tell; write the module's name out";
  if (specifier.startsWith("node:")) return undefined;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    const other = partOf(target);
    const isThere = target.startsWith("src/") || target.startsWith("clouds/");
    if (isThere && (other === name || part.ours.includes(other))) return undefined;
    return `imports ${specifier}; ${name} may import ${list(["itself", ...part.ours])}`;
  }
  const module = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const allowed = [module, ...(isType ? [`types of ${module}`] : [])];
  if (allowed.some((each) => part.packages.includes(each))) return undefined;
  return `imports ${specifier}; ${name} may import ${list(part.packages)} and node:*`;
}

const list = (names: readonly string[]): string => (names.length === 0 ? "no package" : names.join(", "));
