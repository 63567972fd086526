import { countLineBreaks, type Token } from "./lexer.ts";

/** As many as no Corefile has: one that imports snippets in snippets grows exponentially. */
const TOKENS_MAX = 300_000;

/**
 * Words that are read one by one, where imported ones can be put in the place of those just read. All of it costs as many
 * steps as there are words.
 */
export class TokenStream {
  /** Up to the current word, and the one after it where somebody looked. */
  readonly #read: Token[] = [];
  /** What is to be read: the last list first. */
  readonly #pending: { readonly tokens: readonly Token[]; at: number; readonly imported: boolean }[];
  #cursor = -1;

  constructor(tokens: readonly Token[]) {
    this.#pending = [{ tokens, at: 0, imported: false }];
  }

  /** The current word; absent before the first and after an import that ended the file with nothing. */
  get current(): Token | undefined {
    return this.#read[this.#cursor];
  }

  get text(): string {
    return this.current?.text ?? "";
  }

  /** Whether the limit on imported words is reached. */
  get isTooLong(): boolean {
    return this.#read.length > TOKENS_MAX;
  }

  /** Step to the next word. Where there is none, the current one stays. */
  next(): boolean {
    if (this.#peek() === undefined) return false;
    this.#cursor++;
    return true;
  }

  /** Step to the next word if it is on the same line. */
  nextOnLine(): boolean {
    const [current, following] = [this.current, this.#peek()];
    if (current === undefined || following === undefined) return false;
    if (current.file !== following.file || current.lastLine !== following.line) return false;
    this.#cursor++;
    return true;
  }

  back(): void {
    this.#cursor--;
  }

  /**
   * Whether the current word is on another line than the one before it. Lines are compared by their numbers, even where
   * the words are of different places of one file.
   */
  get isNewLine(): boolean {
    const [previous, current] = [this.#read[this.#cursor - 1], this.current];
    if (previous === undefined) return true;
    return current !== undefined && (previous.file !== current.file || previous.lastLine < current.line);
  }

  /** Put another text in the place of the current word's. */
  setText(text: string): void {
    const { current } = this;
    if (current === undefined || current.text === text) return;
    this.#read[this.#cursor] = { ...current, text, lastLine: current.line + countLineBreaks(text) };
  }

  /** Put words in the place of the current one and the one before it; the first of them becomes the current one. */
  replaceTwo(tokens: readonly Token[]): void {
    const [, , ...following] = this.#read.splice(this.#cursor - 1);
    this.#pending.push({ tokens: following, at: 0, imported: false });
    this.#pending.push({ tokens, at: 0, imported: true });
    this.#cursor--;
    this.#peek();
  }

  /** The word after the current one, read if it is not yet. */
  #peek(): Token | undefined {
    const known = this.#read[this.#cursor + 1];
    if (known !== undefined) return known;
    for (let list = this.#pending.at(-1); list !== undefined; list = this.#pending.at(-1)) {
      const token = list.tokens[list.at++];
      if (token !== undefined) {
        const read = list.imported ? { ...token, imported: true } : token;
        this.#read.push(read);
        return read;
      }
      this.#pending.pop();
    }
    return undefined;
  }
}
