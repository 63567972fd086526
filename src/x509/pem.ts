import { Malformed } from "./der.ts";

/** One block of a PEM text (RFC 7468). */
interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/** Far more than a chain of certificates with the largest keys takes. */
const MAX_LENGTH = 64 * 1024;

/**
 * The blocks of a text, in their order; what stands between them is dropped.
 *
 * @throws {@link Malformed} for a text of more than 64 Ki characters, a block that does not end, and anything but base64 in one.
 */
export function readPem(text: string): readonly PemBlock[] {
  if (text.length > MAX_LENGTH) throw new Malformed(`it is larger than ${MAX_LENGTH / 1024} KiB`);
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length !== text.split("-----BEGIN").length - 1) throw new Malformed("a PEM block in it does not end");
  return blocks.map(([, label = "", body = ""]) => ({ label, der: readBase64(body) }));
}

/** A block with lines of 64 characters and LF, which ends with one. */
export function formatPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/**
 * Whether somebody's private key may be in a text that should be public, in whatever format; a sentence about keys is none.
 * A line is searched from its first BEGIN on, since the text may be anybody's, and one pattern for all takes minutes for
 * some that API servers store.
 */
export const holdsPrivateKey = (text: string): boolean =>
  text.split("\n").some((line) => {
    const begin = line.search(/-- ?BEGIN/i);
    return begin >= 0 && /PRIVATE KEY/i.test(line.slice(begin));
  });

function readBase64(body: string): Buffer {
  const text = body.replace(/\s+/g, "");
  const bytes = Buffer.from(text, "base64");
  // Buffer skips what is no base64, and ignores stray bits at the end.
  if (bytes.toString("base64") !== text) throw new Malformed("a PEM block in it is not base64");
  return bytes;
}
