/** Types of records that a {@link DnsRecord} shows as text. */
export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  HTTPS: 65,
  ANY: 255,
} as const;

export type DnsType = keyof typeof TYPES;

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

export type Rcode = (typeof RCODES)[number];

/** One record of an answer, as dig shows it. */
export interface DnsRecord {
  /** With its trailing dot. */
  readonly name: string;
  /** As {@link TYPES}, or `TYPE41` for one that is not there. */
  readonly type: string;
  /** Seconds; of OPT it is no time. */
  readonly ttl: number;
  /** `10.0.0.9`; `0 100 80 web.shop.` of SRV; `ns.dns.cluster.local. hostmaster.…` of SOA; hexadecimal of unknown types. */
  readonly content: string;
}

/** What a server said. */
export interface DnsAnswer {
  readonly id: number;
  readonly rcode: Rcode;
  /** AA: by who holds the zone. */
  readonly authoritative: boolean;
  /** TC: there is more, over TCP. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

const HEADER_LENGTH = 12;
const RESPONSE = 0x8000;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const INTERNET = 1;
const OPT = 41;
const POINTER = 0xc0;

/**
 * A query for one name.
 *
 * @param name - With or without trailing dot.
 * @param udpSize - Octets that the client takes over UDP, by EDNS; undefined is without EDNS, so 512.
 * @see https://www.rfc-editor.org/rfc/rfc1035#section-4.1
 */
export function encodeQuery(id: number, name: string, type: DnsType, udpSize?: number): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(udpSize === undefined ? 0 : 1, 10);
  const labels = name.split(".").filter((label) => label !== "");
  const question = labels.flatMap((label) => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]);
  const edns = udpSize === undefined ? [] : [0, ...pair(OPT), ...pair(udpSize), 0, 0, 0, 0, 0, 0];
  return Buffer.concat([header, ...question, Buffer.from([0, ...pair(TYPES[type]), ...pair(INTERNET), ...edns])]);
}

const pair = (value: number): readonly number[] => [value >> 8, value & 0xff];

/** @throws RangeError where the message ends too early. */
export function decodeAnswer(message: Buffer): DnsAnswer {
  const flags = message.readUInt16BE(2);
  const [questions = 0, ...counts] = [4, 6, 8, 10].map((offset) => message.readUInt16BE(offset));
  let offset = HEADER_LENGTH;
  for (let question = 0; question < questions; question += 1) offset = readName(message, offset).end + 4;
  const [answers = [], authority = [], additional = []] = counts.map((count) =>
    Array.from({ length: count }, () => {
      const { record, end } = readRecord(message, offset);
      offset = end;
      return record;
    }),
  );
  const rcode = RCODES[flags & 0xf];
  if (rcode === undefined) throw new RangeError(`rcode ${flags & 0xf}`);
  return {
    id: message.readUInt16BE(0),
    rcode,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    answers,
    authority,
    additional,
  };
}

/** @returns The name that is asked for, with its trailing dot. */
export const decodeQuestion = (query: Buffer): string => readName(query, HEADER_LENGTH).name;

/** Nothing but an rcode, for somebody's query. */
export function encodeRefusal(query: Buffer, rcode: Rcode): Buffer {
  const end = readName(query, HEADER_LENGTH).end + 4;
  const message = Buffer.from(query.subarray(0, end));
  message.writeUInt16BE(RESPONSE | RECURSION_DESIRED | RECURSION_AVAILABLE | RCODES.indexOf(rcode), 2);
  // a question, and no records: those of EDNS are cut off
  message.fill(0, 6, HEADER_LENGTH);
  return message;
}

function readRecord(message: Buffer, start: number): { readonly record: DnsRecord; readonly end: number } {
  const { name, end } = readName(message, start);
  const code = message.readUInt16BE(end);
  const content = end + 10;
  const last = content + message.readUInt16BE(end + 8);
  const type = Object.entries(TYPES).find(([, value]) => value === code)?.[0] ?? `TYPE${code}`;
  const record = { name, type, ttl: message.readUInt32BE(end + 4), content: readContent(message, type, content, last) };
  return { record, end: last };
}

function readContent(message: Buffer, type: string, start: number, end: number): string {
  const bytes = message.subarray(start, end);
  switch (type) {
    case "A":
      return bytes.join(".");
    case "AAAA":
      return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(":");
    case "NS":
    case "CNAME":
    case "PTR":
      return readName(message, start).name;
    case "SRV": {
      const numbers = [0, 2, 4].map((offset) => bytes.readUInt16BE(offset));
      return [...numbers, readName(message, start + 6).name].join(" ");
    }
    case "SOA": {
      const server = readName(message, start);
      const mailbox = readName(message, server.end);
      const numbers = [0, 4, 8, 12, 16].map((offset) => message.readUInt32BE(mailbox.end + offset));
      return [server.name, mailbox.name, ...numbers].join(" ");
    }
    case "TXT":
      return JSON.stringify(bytes.subarray(1).toString());
    default:
      return bytes.toString("hex");
  }
}

/** @returns The name, and where it ends in the message; what a pointer leads to lies elsewhere. */
function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let offset = start;
  let end: number | undefined;
  for (let length = message.readUInt8(offset); length !== 0; length = message.readUInt8(offset)) {
    if (length >= POINTER) {
      end ??= offset + 2;
      offset = message.readUInt16BE(offset) & 0x3fff;
    } else {
      labels.push(message.subarray(offset + 1, offset + 1 + length).toString());
      offset += 1 + length;
    }
    if (labels.length > 128) throw new RangeError("a name without end");
  }
  return { name: `${labels.join(".")}.`, end: end ?? offset + 1 };
}
