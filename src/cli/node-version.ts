/** The first versions of their lines that run TypeScript files by themselves, as package.json has it. */
const FIRST: Readonly<Record<number, number>> = { 22: 19, 23: 6 };

/**
 * @param version - As `process.versions.node` has it.
 * @returns What to tell whoever has a Node that is too old; undefined for any other.
 */
export function refuseNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 23 || minor >= (FIRST[major] ?? Infinity)) return undefined;
  return `lcloud needs Node 22.19, 23.6 or newer, and this is ${version}; install a newer one, or choose it`;
}
