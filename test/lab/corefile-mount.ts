/** Where a Corefile is read in the lab. */
export interface Mount {
  /** What is `/etc/coredns` in a pod. */
  readonly folder: string;
  /** File by which the plugin `kubernetes` reaches the API server; in a pod, it has a ServiceAccount. */
  readonly kubeconfig: string;
  /** `127.0.0.1:port` of what a node's /etc/resolv.conf leads to. */
  readonly upstream: string;
  /** What the cluster's network would lead to a program on loopback: `10.0.0.53` or `192.0.2.1:5353`, to `127.0.0.1:port`. */
  readonly routes: Readonly<Record<string, string>>;
  readonly ports: PodPorts;
}

/** Ports of a pod, and the ports of loopback that play them. */
export interface PodPorts {
  /** Gives the same answer each time. */
  of(podPort: number): Promise<number>;
  has(podPort: number): boolean;
  /** Others in the cluster reach it. */
  expose(podPort: number): void;
}

/** Files by their path below `/etc/coredns`. */
export type CorefileFolder = ReadonlyMap<string, string>;

/** What is put in the place of some characters. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A line that is not empty, and how many blocks are open where it begins. */
interface Line {
  readonly tokens: readonly [Token, ...Token[]];
  readonly depth: number;
}

const DNS_PORT = 53;

/** Plugins that listen, and where they do without an argument. */
const LISTENERS: Readonly<Record<string, string>> = {
  health: ":8080",
  ready: ":8181",
  prometheus: "localhost:9153",
  pprof: "localhost:6053",
};

/** As quick as CoreDNS lets it be: interval and jitter. */
const RELOAD = "2s 1s";

/**
 * The files that CoreDNS reads in the lab, for those that it reads in a pod. What a pod has for itself is shared here, so
 * these words are changed and nothing else is:
 *
 * | in the ConfigMap | in the lab |
 * |---|---|
 * | `shop:53 {` and other keys with a port | `shop:<port> {`; without one, CoreDNS is told the port by `-dns.port` |
 * | `forward … 127.0.0.1` or `127.0.0.1:53`, where the port is one of the keys' | `127.0.0.1:<port>` |
 * | `forward … /etc/resolv.conf` | `forward … <upstream>` |
 * | `forward … 192.0.2.1`, where there is a route for it | `forward … <where it leads>` |
 * | `prometheus :9153`, `health`, `ready`, `pprof`, with or without an address | `127.0.0.1:<another port>` |
 * | `reload`, with or without arguments | `reload 2s 1s` |
 * | `kubernetes cluster.local …` | the same with `kubeconfig <file>` in its block |
 * | `/etc/coredns/…` | `<folder>/…` |
 *
 * A file `*.override` is read as what is inside of a block, every other one as blocks. Lines are read as the Caddyfile's
 * syntax has them, but every brace has to be the last or only word of its line.
 */
export async function mountCorefiles(files: CorefileFolder, mount: Mount): Promise<CorefileFolder> {
  const read = [...files].filter(([path]) => path === "Corefile" || path.startsWith("custom/"));
  for (const [path, text] of read) {
    for (const line of readLines(path, text))
      for (const port of keyPorts(line)) {
        await mount.ports.of(port);
        mount.ports.expose(port);
      }
  }
  const mounted = new Map(files);
  for (const [path, text] of read) {
    const edits: Edit[] = [];
    for (const line of readLines(path, text)) edits.push(...(await editLine(line, mount)));
    mounted.set(path, applyEdits(text, edits));
  }
  return mounted;
}

const KEY_PORT = /:(\d+)(?=,?$)/;

const isKeys = ({ tokens: [first], depth }: Line): boolean => depth === 0 && first.text !== "import";

const keyPorts = (line: Line): readonly number[] =>
  isKeys(line) ? line.tokens.flatMap(({ text }) => KEY_PORT.exec(text)?.[1] ?? []).map(Number) : [];

async function editLine(line: Line, mount: Mount): Promise<readonly Edit[]> {
  const { tokens, depth } = line;
  const [first, ...rest] = tokens;
  const args = rest.filter(({ text }) => text !== "{");
  const edits = editPaths(tokens, mount);
  if (isKeys(line)) edits.push(...(await editKeys(tokens, mount)));
  if (depth !== 1) return edits;
  const listener = LISTENERS[first.text];
  if (listener !== undefined) edits.push(await editListener(first, args, listener, mount));
  if (first.text === "forward") edits.push(...(await editUpstreams(args.slice(1), mount)));
  if (first.text === "reload") edits.push(replace([first, ...args], `reload ${RELOAD}`));
  if (first.text === "kubernetes") edits.push(editKubernetes(tokens, mount));
  return edits;
}

const editPaths = (tokens: Line["tokens"], { folder }: Mount): Edit[] =>
  tokens
    .filter(({ text }) => text.startsWith("/etc/coredns/"))
    .map((token) => replace([token], token.text.replace("/etc/coredns", folder)));

async function editKeys(tokens: Line["tokens"], { ports }: Mount): Promise<readonly Edit[]> {
  const edits: Edit[] = [];
  for (const token of tokens) {
    const port = KEY_PORT.exec(token.text)?.[1];
    if (port === undefined) continue;
    edits.push(replace([token], token.text.replace(KEY_PORT, `:${await ports.of(Number(port))}`)));
  }
  return edits;
}

async function editListener(first: Token, args: readonly Token[], fallback: string, { ports }: Mount): Promise<Edit> {
  const [address = { ...first, text: fallback, start: first.end }, ...others] = args;
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address.text) ?? [];
  if (port === "") return replace([address], address.text); // CoreDNS says what is wrong with it
  if (["", "0.0.0.0", "[::]"].includes(host)) ports.expose(Number(port));
  const words = [first.text, `127.0.0.1:${await ports.of(Number(port))}`, ...others.map(({ text }) => text)];
  return replace([first, ...args], words.join(" "));
}

/** An upstream on loopback is the pod itself; the lab's other servers are there too, on ports of their own. */
async function editUpstreams(args: readonly Token[], { ports, upstream, routes }: Mount): Promise<readonly Edit[]> {
  const edits: Edit[] = [];
  for (const token of args) {
    const led = token.text === "/etc/resolv.conf" ? upstream : routes[token.text];
    if (led !== undefined) edits.push(replace([token], led));
    const [, host, port = String(DNS_PORT)] =
      /^(127\.0\.0\.1|\[::1\]|::1|localhost)(?::(\d+))?$/.exec(token.text) ?? [];
    const podPort = Number(port);
    if (host === undefined || !(podPort === DNS_PORT || ports.has(podPort))) continue;
    edits.push(replace([token], `${host === "::1" ? "[::1]" : host}:${await ports.of(podPort)}`));
  }
  return edits;
}

function editKubernetes(tokens: Line["tokens"], { kubeconfig }: Mount): Edit {
  const last = tokens.at(-1) ?? tokens[0];
  const line = `\n        kubeconfig ${kubeconfig}`;
  return last.text === "{" ? replace([last], `{${line}`) : { start: last.end, end: last.end, text: ` {${line}\n    }` };
}

const replace = (tokens: readonly Token[], text: string): Edit => ({
  start: tokens[0]?.start ?? 0,
  end: tokens.at(-1)?.end ?? 0,
  text,
});

function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((one, other) => other.start - one.start);
  return sorted.reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text);
}

/** White space, a comment, or a word, in quotes or not. */
const TOKEN = /(\s+)|(#[^\n]*)|"(?:\\.|[^"\\])*"?|\S+/gs;

function readLines(path: string, text: string): readonly Line[] {
  const lines: Line[] = [];
  let depth = path.endsWith(".override") ? 1 : 0;
  let tokens: Token[] = [];
  const endLine = (): void => {
    const [first, ...rest] = tokens;
    if (first === undefined) return;
    lines.push({ tokens: [first, ...rest], depth });
    for (const token of tokens) depth += token.text === "{" ? 1 : token.text === "}" ? -1 : 0;
    tokens = [];
  };
  for (const match of text.matchAll(TOKEN)) {
    const [word, space, comment] = match;
    if (space?.includes("\n")) endLine();
    if (space ?? comment) continue;
    tokens.push({ text: word, start: match.index, end: match.index + word.length });
  }
  endLine();
  return lines;
}
