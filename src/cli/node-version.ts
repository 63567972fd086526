/** Oldest Node that runs TypeScript files by itself, as package.json has it. */
const OLDEST = [22, 19] as const;

/**
 * @param version - As `process.versions.node` has it.
 * @returns What to tell whoever has a Node that is too old; undefined for any other.
 */
export function refuseNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `lcloud needs Node ${OLDEST.join(".")} or newer, and this is ${version}; install a newer one, or choose it`;
}
