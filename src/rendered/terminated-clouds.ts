/**
 * Clouds that the text of a `cluster.json` lets be gone from its cluster, for those who deliver files as they are.
 *
 * @param text - undefined where there is none.
 * @returns None for a text that says it in no form that this version knows.
 */
export function terminatedClouds(text: string | undefined): ReadonlySet<string> {
  try {
    const file: unknown = JSON.parse(text ?? "{}");
    const terminated = typeof file === "object" && file !== null && "terminated" in file ? file.terminated : [];
    return new Set(Array.isArray(terminated) ? terminated.filter((name) => typeof name === "string") : []);
  } catch {
    return new Set();
  }
}
