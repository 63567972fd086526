import { TAG } from "./der.ts";

/**
 * One DER value, of contents in one piece or several. Thousands of certificates are written with it, for which building
 * forge's trees takes several times as long as their keys and signatures do.
 */
export function encode(tag: number, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, piece) => sum + piece.length, 0);
  return Buffer.concat([headOf(tag, length), ...contents]);
}

export const encodeSequence = (...values: readonly Buffer[]): Buffer => encode(TAG.sequence, ...values);

/** @param contents - In hex. */
export const encodeIdentifier = (contents: string): Buffer =>
  encode(TAG.objectIdentifier, Buffer.from(contents, "hex"));

/** A bit string of whole bytes. */
export const encodeBits = (bytes: Buffer): Buffer => encode(TAG.bitString, Buffer.of(0), bytes);

/** UTCTime for the years that it can say, GeneralizedTime for all others (RFC 5280 §4.1.2.5); cut to whole seconds. */
export function encodeTime(time: Date): Buffer {
  const year = time.getUTCFullYear();
  const digits = `${time.toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  return year >= 1950 && year < 2050
    ? encode(UTC_TIME, Buffer.from(digits.slice(2), "latin1"))
    : encode(GENERALIZED_TIME, Buffer.from(digits, "latin1"));
}

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** Identifier and length octets (X.690 §8.1), the length in its shortest form. */
function headOf(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  if (length < 0x100) return Buffer.of(tag, 0x81, length);
  if (length < 0x10000) return Buffer.of(tag, 0x82, length >> 8, length & 0xff);
  throw new RangeError(`no value of ${length} bytes is written here`);
}
