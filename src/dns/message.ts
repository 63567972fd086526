import { SocketAddress } from "node:net";

/** Types of records, as far as we ask for them. @see https://www.iana.org/assignments/dns-parameters */
const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const;

export type RecordType = keyof typeof TYPES;

/** Names of the first return codes. @see https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1 */
const RETURN_CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

/** What a DNS server answered. */
export interface DnsAnswer {
  /** Of the query. */
  readonly id: number;
  /** `NOERROR`, `NXDOMAIN`, …; `RCODE9` for one without a name here. */
  readonly code: string;
  /** An address of A and AAAA, as in `2001:db8::1`; the port of SRV. Other types are left out. */
  readonly records: readonly { readonly type: RecordType; readonly value: string }[];
}

const HEADER_LENGTH = 12;
const IS_ANSWER = 0x8000;
const RECURSION_DESIRED = 0x0100;
const INTERNET = 1;
/** A label's length has at most 6 bits; more of them say that the name goes on elsewhere. */
const POINTER = 0xc0;

/**
 * A query for one name, as it is sent over TCP: after its length, in two octets.
 *
 * @param id - 0 to 65,535.
 * @param name - In ASCII, each label 1 to 63 octets; with or without a dot at its end.
 * @see https://www.rfc-editor.org/rfc/rfc1035#section-4
 */
export function encodeQuery(id: number, name: string, type: RecordType): Buffer {
  const labels = name.replace(/\.$/, "").split(".");
  const question = labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, "ascii")]));
  const header = words(id, RECURSION_DESIRED, 1, 0, 0, 0);
  const message = Buffer.concat([header, ...question, Buffer.of(0), words(TYPES[type], INTERNET)]);
  return Buffer.concat([words(message.length), message]);
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) buffer.writeUInt16BE(value, index * 2);
  return buffer;
}

/** @param message - Without the length before it. @returns undefined where it is no whole answer. */
export function decodeAnswer(message: Buffer): DnsAnswer | undefined {
  try {
    return readAnswer(message);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @throws RangeError where the message is a question, or ends before what it should hold. */
function readAnswer(message: Buffer): DnsAnswer {
  const flags = message.readUInt16BE(2);
  if ((flags & IS_ANSWER) === 0) throw new RangeError("no answer");
  const code = flags & 0xf;
  const [questions, answers] = [message.readUInt16BE(4), message.readUInt16BE(6)];
  let offset = HEADER_LENGTH;
  for (let question = 0; question < questions; question++) offset = endOfName(message, offset) + 4;
  const records: DnsAnswer["records"][number][] = [];
  for (let answer = 0; answer < answers; answer++) {
    const fields = endOfName(message, offset);
    const start = fields + 10;
    offset = start + message.readUInt16BE(fields + 8);
    if (offset > message.length) throw new RangeError("a record ends after its message");
    const type = typeOf(message.readUInt16BE(fields));
    if (type !== undefined) records.push({ type, value: readValue(type, message.subarray(start, offset)) });
  }
  return { id: message.readUInt16BE(0), code: RETURN_CODES[code] ?? `RCODE${code}`, records };
}

function typeOf(value: number): RecordType | undefined {
  const types = Object.keys(TYPES) as RecordType[];
  return types.find((type) => TYPES[type] === value);
}

function endOfName(message: Buffer, start: number): number {
  let offset = start;
  for (let length = message.readUInt8(offset); length !== 0; length = message.readUInt8(offset)) {
    if (length >= POINTER) return offset + 2;
    offset += 1 + length;
  }
  return offset + 1;
}

function readValue(type: RecordType, bytes: Buffer): string {
  if (type === "SRV") return String(bytes.readUInt16BE(4));
  if (type === "A") return Array.from({ length: 4 }, (_, index) => bytes.readUInt8(index)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address;
}
