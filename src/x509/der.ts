import asn1 from "node-forge/lib/asn1.js";

/** One DER value. */
export type Der = asn1.Asn1;

/** Identifier octets (class, constructed, number) of the values that requests and certificates are made of. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed: a request's attributes, a certificate's version. */
  context0: 0xa0,
} as const;

/** Input that is not what its format says. The message has no remedy: whoever knows what the input was for adds one. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** A request is five levels deep, a certificate's extensions are octet strings. */
const MAX_DEPTH = 16;

/**
 * Read exactly one value.
 *
 * @throws {@link Malformed} for BER that is not DER, and for bytes that follow.
 */
export function readDer(bytes: Buffer): Der {
  const binary = bytes.toString("latin1");
  const value = readBer(binary);
  // forge reads BER too, but writes only DER: what does not come out as it went in was no DER.
  if (asn1.toDer(value).getBytes() !== binary) throw new Malformed("it is not DER");
  return value;
}

function readBer(binary: string): Der {
  try {
    return asn1.fromDer(binary, { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: MAX_DEPTH });
  } catch (cause) {
    throw new Malformed("it is not one whole DER structure", { cause });
  }
}

export const writeDer = (value: Der): Buffer => Buffer.from(asn1.toDer(value).getBytes(), "latin1");

/**
 * @param contents - Bytes, a character each; or the elements of a constructed value.
 */
export const der = (tag: number, contents: string | readonly Der[]): Der =>
  asn1.create(tag & 0xc0, tag & 0x1f, (tag & 0x20) !== 0, contents);

/** A bit string of whole bytes. */
export const bitString = (bytes: Buffer): Der => der(TAG.bitString, `\0${bytes.toString("latin1")}`);

export const tagOf = ({ tagClass, type, constructed }: Der): number => tagClass | type | (constructed ? 0x20 : 0);

/** @throws {@link Malformed} unless the value has that tag, and so many elements where a count is given. */
export function elementsOf<const N extends number>(value: Der, tag: number, count: N): Tuple<N>;
export function elementsOf(value: Der, tag: number): readonly Der[];
export function elementsOf(value: Der, tag: number, count?: number): readonly Der[] {
  if (tagOf(value) !== tag || typeof value.value === "string") throw new Malformed("its DER has another structure");
  if (count !== undefined && value.value.length !== count) throw new Malformed("its DER has another structure");
  return value.value;
}

type Tuple<N extends number, T extends readonly Der[] = []> = T["length"] extends N
  ? T
  : Tuple<N, readonly [...T, Der]>;

/** Bytes of a value that is not constructed, a character each. @throws {@link Malformed} unless it has that tag. */
export function contentsOf(value: Der, tag: number): string {
  if (tagOf(value) !== tag || typeof value.value !== "string") throw new Malformed("its DER has another structure");
  return value.value;
}

/** @throws {@link Malformed} unless it is a bit string of whole bytes. */
export function bytesOf(value: Der): Buffer {
  const contents = contentsOf(value, TAG.bitString);
  if (!contents.startsWith("\0")) throw new Malformed("its DER has another structure");
  return Buffer.from(contents.slice(1), "latin1");
}
