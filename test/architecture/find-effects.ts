import type { Node } from "oxc-parser";
import { type Import, type Source, walk } from "./read-imports.ts";
import type { Effect } from "./table.ts";

/** An effect and what in the source has it. */
export interface FoundEffect {
  readonly effect: Effect;
  readonly by: string;
}

const MODULES: Readonly<Record<string, Effect>> = {
  "node:child_process": "processes",
  "node:cluster": "processes",
  "node:dgram": "network",
  "node:dns": "network",
  "node:fs": "files",
  "node:http": "network",
  "node:http2": "network",
  "node:https": "network",
  "node:net": "network",
  "node:os": "environment",
  "node:perf_hooks": "clock",
  "node:process": "environment",
  "node:readline": "console",
  "node:sqlite": "files",
  "node:timers": "clock",
  "node:tls": "network",
  "node:worker_threads": "processes",
};

/** Functions on values only, in modules that have others. */
const PURE = /^node:net (?:BlockList|SocketAddress|isIP|isIPv4|isIPv6)$|^node:readline createInterface$/;

/** Functions that make something up, in modules that mostly compute. */
const RANDOM = /^(?:random|generateKey|getRandomValues)/;

const GLOBALS: Readonly<Record<string, Effect>> = {
  clearInterval: "clock",
  clearTimeout: "clock",
  console: "console",
  crypto: "random",
  fetch: "network",
  global: "environment",
  globalThis: "environment",
  performance: "clock",
  process: "environment",
  setImmediate: "clock",
  setInterval: "clock",
  setTimeout: "clock",
  WebSocket: "network",
};

/** What a file touches beside its arguments, as far as its text shows. */
export function findEffects({ program, imports }: Source): readonly FoundEffect[] {
  const found = imports.flatMap(effectsOfImport);
  walk(program, (node, parents) => {
    const effect = effectOfNode(node, parents);
    if (effect !== undefined) found.push(effect);
    return !isOnlyType(node);
  });
  return found;
}

function effectsOfImport({ specifier = "", isType, names }: Import): readonly FoundEffect[] {
  if (isType) return [];
  const module = specifier.split("/", 1).join();
  if (module === "node:crypto") {
    if (names.length === 0) return [{ effect: "random", by: specifier }];
    return names
      .filter((name) => RANDOM.test(name))
      .map((name) => ({ effect: "random", by: `${name} of ${specifier}` }));
  }
  const effect = MODULES[module];
  const isPure = names.length > 0 && names.every((name) => PURE.test(`${module} ${name}`));
  return effect === undefined || isPure ? [] : [{ effect, by: specifier }];
}

function effectOfNode(node: Node, [parent, ...above]: readonly Node[]): FoundEffect | undefined {
  if (node.type !== "Identifier" || parent === undefined || isOnlyName(node, parent)) return undefined;
  const { name } = node;
  if (name === "Date" && !isPureDate(node, parent)) return { effect: "clock", by: "Date without an argument" };
  if (name === "Math" && memberOf(node, parent) === "random") return { effect: "random", by: "Math.random" };
  const effect = Object.hasOwn(GLOBALS, name) && !above.some(isImport) ? GLOBALS[name] : undefined;
  return effect === undefined ? undefined : { effect, by: name };
}

const isImport = ({ type }: Node): boolean => type === "ImportDeclaration";

/** Types leave nothing at run time; `as` and its like hold an expression. */
const isOnlyType = ({ type }: Node): boolean =>
  type.startsWith("TS") && !/^TS(?:As|Satisfies|NonNull|Instantiation)Expression$|^TSEnum/.test(type);

/** Whether an identifier names a property and no variable. */
function isOnlyName(node: Node, parent: Node): boolean {
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (!("key" in parent) || parent.key !== node) return false;
  return !("computed" in parent && parent.computed) && !("shorthand" in parent && parent.shorthand);
}

function memberOf(node: Node, parent: Node): string | undefined {
  if (parent.type !== "MemberExpression" || parent.object !== node) return "random";
  const { property } = parent;
  if (property.type === "Identifier" && !parent.computed) return property.name;
  return property.type === "Literal" ? String(property.value) : "random";
}

function isPureDate(node: Node, parent: Node): boolean {
  if (parent.type === "NewExpression") return parent.callee !== node || parent.arguments.length > 0;
  if (parent.type === "BinaryExpression") return parent.operator === "instanceof";
  return parent.type === "MemberExpression" && ["parse", "UTC"].includes(memberOf(node, parent) ?? "");
}
