import { type Duplex, duplexPair } from "node:stream";

/** What a name has; records by type, in the form that people write. */
export interface FakeName {
  readonly A?: readonly string[];
  /** In full: eight groups. */
  readonly AAAA?: readonly string[];
  /** Ports. */
  readonly SRV?: readonly number[];
  /** Instead of records. @default no error */
  readonly code?: number;
}

export interface FakeDns {
  /** By name without a dot at its end, in lower case; others are NXDOMAIN. */
  names: Readonly<Record<string, FakeName>>;
  /** Names that were asked for, in order. */
  readonly asked: string[];
  /** Connections that were opened. */
  connections: number;
  /** Ends a connection after so many answers. @default never */
  answersPerConnection: number;
  /** Names for which there is never an answer. */
  readonly silent: Set<string>;
  /** The other end of a new connection. */
  connect(): Duplex;
}

const NXDOMAIN = 3;
const TYPES: Readonly<Record<number, "A" | "AAAA" | "SRV">> = { 1: "A", 28: "AAAA", 33: "SRV" };

/** A DNS server over TCP, in memory. */
export function fakeDns(names: FakeDns["names"] = {}): FakeDns {
  const dns: FakeDns = {
    names,
    asked: [],
    connections: 0,
    answersPerConnection: Number.POSITIVE_INFINITY,
    silent: new Set(),
    connect() {
      dns.connections += 1;
      const [ours, theirs] = duplexPair();
      serve(dns, theirs);
      return ours;
    },
  };
  return dns;
}

function serve(dns: FakeDns, stream: Duplex): void {
  let received: Buffer = Buffer.alloc(0);
  let answers = 0;
  stream.on("error", () => undefined);
  stream.on("data", (part: Buffer) => {
    received = Buffer.concat([received, part]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = answerTo(dns, received.subarray(2, end));
      received = received.subarray(end);
      if (answers === dns.answersPerConnection) return void stream.end();
      answers += 1;
      if (answer !== undefined) stream.write(answer);
    }
  });
}

function answerTo(dns: FakeDns, query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query.readUInt8(offset); length !== 0; length = query.readUInt8(offset)) {
    labels.push(query.subarray(offset + 1, offset + 1 + length).toString());
    offset += 1 + length;
  }
  const name = labels.join(".");
  const type = TYPES[query.readUInt16BE(offset + 1)] ?? "A";
  dns.asked.push(name);
  if (dns.silent.has(name)) return undefined;
  const found = dns.names[name.toLowerCase()];
  const records = (found?.code === undefined ? (found?.[type] ?? []) : []).map((value) => record(type, value));
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8400 | (found === undefined ? NXDOMAIN : (found.code ?? 0)), 2);
  header.writeUInt16BE(records.length, 6);
  const message = Buffer.concat([header, query.subarray(12), ...records]);
  return Buffer.concat([words(message.length), message]);
}

function record(type: "A" | "AAAA" | "SRV", value: string | number): Buffer {
  const content = contentOf(type, value);
  const number = type === "A" ? 1 : type === "AAAA" ? 28 : 33;
  return Buffer.concat([words(0xc00c, number, 1, 0, 30, content.length), content]);
}

function contentOf(type: "A" | "AAAA" | "SRV", value: string | number): Buffer {
  if (type === "A") return Buffer.from(String(value).split(".").map(Number));
  if (type === "AAAA")
    return words(
      ...String(value)
        .split(":")
        .map((group) => Number.parseInt(group, 16)),
    );
  return Buffer.concat([words(0, 100, Number(value)), Buffer.from([0])]);
}

const words = (...values: readonly number[]): Buffer =>
  Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
