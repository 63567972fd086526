import { isIP } from "node:net";
import type { Fault } from "../../model/error.ts";
import { placeOf } from "./check-corefile.ts";
import { parseKey } from "./key.ts";
import type { Token } from "./lexer.ts";
import type { Listener } from "./render-block.ts";
import type { Directive, ServerBlock } from "./server-block.ts";

/** The block of `.`, which answers everything else: others answer where it does, and stand after it. */
export interface DefaultBlock {
  readonly listener: Listener;
  /** Where its closing brace ends in the Corefile. */
  readonly end: number;
}

/** Find the one block of `.` that speaks plain DNS, or what is wrong with it. */
export function findDefaultBlock(blocks: readonly ServerBlock[]): DefaultBlock | { readonly faults: readonly Fault[] } {
  const roots = blocks.flatMap((block) =>
    block.keys
      .map((token) => ({ block, token, key: parseKey(token.text) }))
      .filter(({ key }) => key.zone === "." && key.transport === "dns"),
  );
  const [root, ...others] = roots;
  if (root === undefined) {
    return { faults: [{ path: "Corefile", message: "has no block for . to stand beside; add the cluster's own" }] };
  }
  const { block, token, key } = root;
  const faults = [
    ...others.map(({ token: at }) =>
      told(at, "is a second block for ., and it cannot be told which one pods ask; keep one"),
    ),
    ...placeFaults(block, token),
    ...listenerFaults(block, token, key.port),
  ];
  if (faults.length > 0 || block.close === undefined) return { faults };
  const [bind, prometheus] = [bindOf(block), prometheusOf(block)?.join(" ")];
  const listener = {
    port: Number(key.port),
    ...(bind.length > 0 && { bind }),
    ...(prometheus !== undefined && { prometheus }),
  };
  return { listener, end: block.close.end };
}

const told = (at: Token, message: string): Fault => ({ path: placeOf(at), message });

function placeFaults({ open, close }: ServerBlock, key: Token): readonly Fault[] {
  if ([key, open, close].some((token) => token?.imported)) {
    return [told(key, "the block for . comes by an import; write it in the Corefile itself")];
  }
  if (close?.endsLine !== false) return [];
  return [told(close, "something follows the } that closes the block for .; give it a line of its own")];
}

function listenerFaults(block: ServerBlock, key: Token, port: string): readonly Fault[] {
  const dynamic = directivesOf(block, "bind").flatMap(({ tokens }) =>
    tokens.slice(1).filter(({ text }) => !isAddress(text)),
  );
  const metrics = prometheusOf(block) ?? [];
  return [
    ...(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536
      ? []
      : [told(key, `${port} is no port; repair it`)]),
    ...dynamic
      .slice(0, 1)
      .map((at) =>
        told(
          at,
          `bind ${at.text} is no fixed address, so CoreDNS cannot be told where to ask itself; bind an IP address`,
        ),
      ),
    ...(metrics.length > 1 || !metrics.every((word) => PLAIN.test(word))
      ? [told(key, `prometheus ${metrics.join(" ")} cannot be repeated in another block; give it one address`)]
      : []),
  ];
}

/** An address, or a reference to the environment, which another block may have too. */
const PLAIN = /^[-\w.:[\]{}$%]+$/;

const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes("%");

const directivesOf = ({ directives }: ServerBlock, plugin: string): readonly Directive[] =>
  directives.filter(({ name }) => name === plugin);

const bindOf = (block: ServerBlock): readonly string[] =>
  directivesOf(block, "bind").flatMap(({ tokens }) => tokens.slice(1).map(({ text }) => text));

function prometheusOf(block: ServerBlock): readonly string[] | undefined {
  const [directive] = directivesOf(block, "prometheus");
  const words = directive?.tokens.slice(1).map(({ text }) => text);
  return words?.slice(0, words.includes("{") ? words.indexOf("{") : undefined);
}
