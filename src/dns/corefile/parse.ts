import { Importer, type Imports } from "./importer.ts";
import { lexCorefile, type Place, type Token } from "./lexer.ts";
import { expected, ParseError, type ParseFault, parsingError } from "./parse-error.ts";
import type { Directive, ServerBlock } from "./server-block.ts";
import { type Environment, substitute } from "./substitute.ts";
import { TokenStream } from "./token-stream.ts";

/** A Corefile with its imports in their places. */
export interface Corefile {
  /** In their order; those before the fault where there is one. */
  readonly blocks: readonly ServerBlock[];
  /** Why CoreDNS refuses it. */
  readonly fault?: ParseFault;
  /** Paths of imports whose files nobody knows, each once; they count as empty. */
  readonly unread: readonly Token[];
  /** Quotes that nothing closes. CoreDNS takes them, but what is appended becomes a part of them. */
  readonly openQuotes: readonly Place[];
}

export interface ParseOptions {
  /** Default: nobody knows any file. */
  readonly imports?: Imports | undefined;
  /** Default: unknown, and references to it stay as they are written. */
  readonly environment?: Environment | undefined;
}

/**
 * Read the server blocks of a Corefile as CoreDNS 1.15 does: what it refuses is refused in the same words, and what it
 * makes of strange files is made of them.
 *
 * @see https://github.com/coredns/caddy/blob/v1.1.4/caddyfile/parse.go
 */
export function parseCorefile(text: string, { imports = () => undefined, environment }: ParseOptions = {}): Corefile {
  const lexed = lexCorefile(text);
  const importer = new Importer(imports, environment);
  const parser = new Parser(new TokenStream(lexed.tokens), importer, environment);
  const parsed = parser.parse();
  const openQuotes = [[undefined, lexed] as const, ...importer.files]
    .map(([file, { openQuote }]) => ({ file, line: openQuote }))
    .filter((place): place is Place => place.line !== undefined);
  return { ...parsed, unread: importer.unread, openQuotes };
}

class Parser {
  readonly #stream: TokenStream;
  readonly #importer: Importer;
  readonly #environment: Environment | undefined;

  constructor(stream: TokenStream, importer: Importer, environment: Environment | undefined) {
    this.#stream = stream;
    this.#importer = importer;
    this.#environment = environment;
  }

  parse(): Pick<Corefile, "blocks" | "fault"> {
    const blocks: ServerBlock[] = [];
    try {
      while (this.#stream.next()) blocks.push(...this.#section());
      return { blocks };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return { blocks, fault: error.fault };
    }
  }

  /** A server block, or nothing for a snippet. */
  #section(): readonly ServerBlock[] {
    const { keys, atEnd } = this.#keys();
    if (atEnd) return keys.length > 0 ? [{ keys, directives: [] }] : [];
    const [key, second] = keys;
    if (key === undefined || second !== undefined || !/^\(.*\)$/s.test(key.text)) return [this.#block(keys)];
    const name = key.text.slice(1, -1);
    this.#importer.checkNew(name, this.#stream.current);
    this.#importer.define(name, this.#snippetBody(), this.#stream.current);
    return [];
  }

  #keys(): { readonly keys: readonly Token[]; readonly atEnd: boolean } {
    const keys: Token[] = [];
    let expectsAnother = false;
    for (;;) {
      const { current } = this.#stream;
      const word = this.#valueOf(current);
      if (word === "import" && this.#stream.isNewLine) {
        this.#importer.expand(this.#stream);
        continue;
      }
      if (word === "{") {
        if (!expectsAnother) return { keys, atEnd: false };
        throw parsingError("Expected another address but had '{' - check for extra comma", current);
      }
      if (current !== undefined && word !== "") {
        expectsAnother = word.endsWith(",");
        const text = expectsAnother ? word.slice(0, -1) : word;
        keys.push(text === current.text ? current : { ...current, text });
      }
      const hasNext = this.#stream.next();
      if (!hasNext && expectsAnother) throw parsingError("Unexpected EOF", this.#stream.current);
      if (!hasNext) return { keys, atEnd: true };
      if (!expectsAnother && this.#stream.isNewLine) return { keys, atEnd: false };
    }
  }

  #block(keys: readonly Token[]): ServerBlock {
    const { current } = this.#stream;
    const open = current?.text === "{" ? current : undefined;
    if (open === undefined) this.#stream.back();
    const { directives, close } = this.#directives();
    if (open !== undefined && this.#stream.text !== "}") throw expected("}", this.#stream.current);
    return { keys, directives, ...(open && { open }), ...(close && { close }) };
  }

  #directives(): Pick<ServerBlock, "directives" | "close"> {
    const directives: Directive[] = [];
    while (this.#stream.next()) {
      const { current, text } = this.#stream;
      if (current !== undefined && text === "}") return { directives, close: current };
      if (text === "import") {
        this.#importer.expand(this.#stream);
        this.#stream.back();
      } else directives.push(this.#directive());
    }
    return { directives };
  }

  #directive(): Directive {
    const { current: first, text: name } = this.#stream;
    const tokens = first === undefined ? [] : [first];
    let nesting = 0;
    while (this.#stream.next()) {
      const { current, text } = this.#stream;
      if (text === "{") nesting++;
      else if (this.#stream.isNewLine && nesting === 0) {
        this.#stream.back();
        break;
      } else if (text === "}" && nesting > 0) nesting--;
      else if (text === "}") throw parsingError("Unexpected '}' because no matching opening brace", current);
      else if (text === "import" && this.#stream.isNewLine) {
        this.#importer.expand(this.#stream);
        this.#stream.back();
        continue;
      }
      this.#stream.setText(this.#valueOf(current));
      if (this.#stream.current !== undefined) tokens.push(this.#stream.current);
    }
    if (nesting > 0) throw parsingError("Unexpected EOF", this.#stream.current);
    return { name: substitute(name, this.#environment), tokens };
  }

  /** The words between the braces of a snippet, as they are written. */
  #snippetBody(): readonly Token[] {
    if (this.#stream.text !== "{") throw expected("{", this.#stream.current);
    const tokens: Token[] = [];
    for (let depth = 1; this.#stream.next(); ) {
      const { current, text } = this.#stream;
      if (text === "{") depth++;
      else if (text === "}" && --depth === 0) return tokens;
      if (current !== undefined) tokens.push(current);
    }
    throw expected("}", this.#stream.current);
  }

  #valueOf(token: Token | undefined): string {
    return token === undefined ? "" : substitute(token.text, this.#environment);
  }
}
