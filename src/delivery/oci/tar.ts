const BLOCK = 512;
const MAX_PATH = 100;

/**
 * Files as a tar archive, the same bytes for the same files: sorted, of nobody, readable by all, and as old as Unix time.
 *
 * @param files - Contents by path, with `/`; none longer than 100 characters, as none of our layout is.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 ustar
 */
export function writeTar(files: ReadonlyMap<string, Buffer>): Buffer {
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const blocks = entries.flatMap(([path, content]) => [
    headerOf(path, content.length),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(path: string, size: number): Buffer {
  const name = Buffer.from(path);
  if (name.length > MAX_PATH) throw new TypeError(`${path} is too long for an archive`);
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  header.write(`${octal(checksumOf(header), 6)}\0 `, 148);
  return header;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");

/** The sum of a header's bytes, as if that of the sum itself were blanks. */
function checksumOf(header: Buffer): number {
  const sum = header.reduce((total, byte) => total + byte, 0);
  return header.subarray(148, 156).reduce((total, byte) => total - byte + 0x20, sum);
}

/**
 * The plain files of an archive as {@link writeTar} makes it. Whatever else is in one is left out.
 *
 * @returns Contents by path; undefined for what is no archive.
 */
export function readTar(archive: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = numberAt(header, 124, 12);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (numberAt(header, 148, 8) !== checksumOf(header) || content.length !== size) return undefined;
    const type = header.toString("latin1", 156, 157);
    if (type === "0" || type === "\0") files.set(textAt(header, 0, MAX_PATH), content);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

const textAt = (header: Buffer, at: number, length: number): string =>
  header.toString("utf8", at, at + length).replace(/\0.*$/s, "");

/** -1 for what is no octal number, which is neither a size nor a sum. */
function numberAt(header: Buffer, at: number, length: number): number {
  const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(header.toString("latin1", at, at + length)) ?? [];
  return digits === undefined ? -1 : Number.parseInt(digits, 8);
}
