import { type Lexed, lexCorefile, type Token } from "./lexer.ts";
import { parsingError } from "./parse-error.ts";
import { type Environment, substitute } from "./substitute.ts";
import type { TokenStream } from "./token-stream.ts";

/** A file that an `import` reads. */
export interface ImportedFile {
  /** Path, or key of a ConfigMap: for people, and to tell files apart. */
  readonly name: string;
  readonly text: string;
}

/**
 * What an `import` reads.
 *
 * @param path - As it is written, wherever that is.
 * @returns All files that a path with a wildcard means, in the order of their names; undefined where nobody knows.
 */
export type Imports = (path: string) => readonly ImportedFile[] | undefined;

const SNIPPET_EXPANSIONS_MAX = 10_000;
const FILE_EXPANSIONS_MAX = 100_000;

/** Puts snippets and files in the place of the imports of one Corefile. */
export class Importer {
  /** Paths whose files nobody knows, each where it is written first. */
  readonly unread: Token[] = [];
  readonly #imports: Imports;
  readonly #environment: Environment | undefined;
  readonly #snippets = new Map<string, readonly Token[]>();
  readonly #files = new Map<string, Lexed>();
  /** By their paths: a file that imports itself is not copied each time. */
  readonly #imported = new Map<string, readonly Token[]>();
  #snippetExpansions = 0;
  #fileExpansions = 0;

  constructor(imports: Imports, environment: Environment | undefined) {
    this.#imports = imports;
    this.#environment = environment;
  }

  /** Files that were imported, by their names. */
  get files(): ReadonlyMap<string, Lexed> {
    return this.#files;
  }

  /** @throws ParseError where there is a snippet of that name. */
  checkNew(name: string, at: Token | undefined): void {
    if (this.#snippets.has(name)) throw parsingError(`redeclaration of previously declared snippet ${name}`, at);
  }

  /** @throws ParseError for a snippet that imports itself. */
  define(name: string, tokens: readonly Token[], at: Token | undefined): void {
    const importsItself = tokens.some((token, index) => {
      const [previous, path] = [tokens[index - 1], tokens[index + 1]];
      const beginsLine = previous === undefined || previous.file !== token.file || previous.line !== token.line;
      return token.text === "import" && beginsLine && path !== undefined && this.#valueOf(path) === name;
    });
    if (importsItself) throw tooDeep("snippet", at);
    this.#snippets.set(name, tokens);
  }

  /**
   * Replace the `import` that the stream is at, and its path, with what it means. The first word of that, or else the one
   * after the path, becomes the current one.
   *
   * @throws ParseError
   */
  expand(stream: TokenStream): void {
    if (!stream.nextOnLine()) throw wrongCount(stream.current);
    const { current: path } = stream;
    if (path === undefined || this.#valueOf(path) === "") {
      throw parsingError("Import requires a non-empty filepath", path);
    }
    if (stream.nextOnLine()) {
      throw parsingError("Import takes only one argument (glob pattern or file)", stream.current);
    }
    stream.replaceTwo(this.#snippet(path) ?? this.#filesOf(path));
    if (stream.isTooLong) throw parsingError("too many words after its imports", path);
  }

  #snippet(path: Token): readonly Token[] | undefined {
    const tokens = this.#snippets.get(this.#valueOf(path));
    if (tokens !== undefined && this.#snippetExpansions++ >= SNIPPET_EXPANSIONS_MAX) throw tooDeep("snippet", path);
    return tokens;
  }

  #filesOf(path: Token): readonly Token[] {
    if (this.#fileExpansions++ >= FILE_EXPANSIONS_MAX) throw tooDeep("file", path);
    const value = this.#valueOf(path);
    const known = this.#imported.get(value);
    if (known !== undefined) return known;
    if (/\*.*\*|\?.*\?/s.test(value) || (value.includes("[") && value.includes("]"))) {
      throw parsingError(`Glob pattern may only contain one wildcard (*), but has others: ${value}`, path);
    }
    const files = this.#imports(value);
    if (files === undefined) this.unread.push(path);
    if (files?.length === 0 && !/[*?[\]]/.test(value)) throw parsingError(`File to import not found: ${value}`, path);
    const tokens = (files ?? []).flatMap((file) => this.#lex(file).tokens);
    this.#imported.set(value, tokens);
    return tokens;
  }

  #lex({ name, text }: ImportedFile): Lexed {
    const lexed = this.#files.get(name) ?? lexCorefile(text, name);
    this.#files.set(name, lexed);
    return lexed;
  }

  #valueOf(token: Token): string {
    return substitute(token.text, this.#environment);
  }
}

// CoreDNS tells the limit of snippets for files too
const tooDeep = (what: "snippet" | "file", at: Token | undefined) =>
  parsingError(`maximum ${what} import depth (${SNIPPET_EXPANSIONS_MAX}) exceeded`, at);

const wrongCount = (at: Token | undefined) =>
  parsingError(
    at?.text === "{"
      ? "Unexpected token '{', expecting argument"
      : `Wrong argument count or unexpected line ending after '${at?.text ?? ""}'`,
    at,
  );
