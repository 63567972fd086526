import { type Node, type Program, parseSync, visitorKeys } from "oxc-parser";

/** One way in which a module reaches another. */
export interface Import {
  /** What stands between the quotes; undefined where it is computed. */
  readonly specifier: string | undefined;
  readonly isType: boolean;
  /** Names that are taken from it; empty where it is taken as a whole. */
  readonly names: readonly string[];
}

export interface Source {
  readonly path: string;
  readonly program: Program;
  readonly imports: readonly Import[];
}

/** @param path - Relative to the repository, with `/`. */
export function readSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const imports: Import[] = [];
  walk(program, (node) => {
    const found = importOf(node);
    if (found !== undefined) imports.push(found);
    return true;
  });
  return { path, program, imports };
}

/** Call `visit` with a node and all below it, parents first; below a node for which it returns false it does not go. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => boolean,
  parents: readonly Node[] = [],
): void {
  if (!visit(node, parents)) return;
  for (const child of childrenOf(node)) walk(child, visit, [node, ...parents]);
}

function childrenOf(node: Node): readonly Node[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => fields[key]).filter((child): child is Node => isNode(child));
}

const isNode = (value: unknown): boolean => typeof value === "object" && value !== null && "type" in value;

function importOf(node: Node): Import | undefined {
  switch (node.type) {
    case "ImportDeclaration": {
      const names = node.specifiers.flatMap((each) => (each.type === "ImportSpecifier" ? [nameOf(each.imported)] : []));
      const isWhole = node.specifiers.length === 0 || names.length < node.specifiers.length;
      const isType = node.importKind === "type" || (!isWhole && node.specifiers.every(isTypeSpecifier));
      return { specifier: node.source.value, isType, names: isWhole ? [] : names };
    }
    case "ExportNamedDeclaration": {
      if (node.source === null) return undefined;
      const isType =
        node.exportKind === "type" || (node.specifiers.length > 0 && node.specifiers.every(isTypeSpecifier));
      return { specifier: node.source.value, isType, names: node.specifiers.map(({ local }) => nameOf(local)) };
    }
    case "ExportAllDeclaration":
      return { specifier: node.source.value, isType: node.exportKind === "type", names: [] };
    case "ImportExpression":
      return { specifier: literal(node.source), isType: false, names: [] };
    case "TSImportType":
      return { specifier: literal(node.source), isType: true, names: [] };
    case "TSExternalModuleReference":
      return { specifier: literal(node.expression), isType: false, names: [] };
    case "CallExpression": {
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      return isRequire ? { specifier: literal(node.arguments[0]), isType: false, names: [] } : undefined;
    }
    default:
      return undefined;
  }
}

const isTypeSpecifier = (specifier: object): boolean =>
  ("importKind" in specifier && specifier.importKind === "type") ||
  ("exportKind" in specifier && specifier.exportKind === "type");

const nameOf = (name: { readonly name: string } | { readonly value: string }): string =>
  "name" in name ? name.name : name.value;

const literal = (node: Node | undefined): string | undefined =>
  node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
