import { TAG } from "./der.ts";

/**
 * One DER value, of contents in one piece or several; all are bytes, a character each, since that is what V8 joins fastest.
 * Thousands of certificates are written with it, for which forge's trees take longer than keys and signatures do.
 */
export function encode(tag: number, ...contents: readonly string[]): string {
  const content = contents.join("");
  return headOf(tag, content.length) + content;
}

export const encodeSequence = (...values: readonly string[]): string => encode(TAG.sequence, ...values);

/** @param contents - In hex. */
export const encodeIdentifier = (contents: string): string =>
  encode(TAG.objectIdentifier, charactersOf(Buffer.from(contents, "hex")));

export const encodeText = (text: string): string => encode(TAG.utf8String, charactersOf(Buffer.from(text, "utf8")));

/** A bit string of whole bytes. */
export const encodeBits = (bytes: Buffer): string => encode(TAG.bitString, "\0", charactersOf(bytes));

/** UTCTime for the years that it can say, GeneralizedTime for all others (RFC 5280 §4.1.2.5); cut to whole seconds. */
export function encodeTime(time: Date): string {
  const [year, text] = [time.getUTCFullYear(), time.toISOString()];
  // a pattern would take longer than all else in a certificate
  const [date, day] = [
    text.slice(2, 4) + text.slice(5, 7) + text.slice(8, 10),
    text.slice(11, 13) + text.slice(14, 16),
  ];
  const rest = `${date}${day}${text.slice(17, 19)}Z`;
  return year >= 1950 && year < 2050 ? encode(UTC_TIME, rest) : encode(GENERALIZED_TIME, text.slice(0, 2), rest);
}

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

export const charactersOf = (bytes: Buffer): string => bytes.toString("latin1");
export const bytesOfCharacters = (text: string): Buffer => Buffer.from(text, "latin1");

/** Identifier and length octets (X.690 §8.1), the length in its shortest form. */
function headOf(tag: number, length: number): string {
  if (length < 0x80) return String.fromCharCode(tag, length);
  if (length < 0x100) return String.fromCharCode(tag, 0x81, length);
  if (length < 0x10000) return String.fromCharCode(tag, 0x82, length >> 8, length & 0xff);
  throw new RangeError(`no value of ${length} bytes is written here`);
}
