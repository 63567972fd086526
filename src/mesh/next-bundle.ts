import { compareRoots, fingerprintsOf } from "./bundle.ts";

/**
 * The text by which a live bundle comes to trust what the wanted one does.
 *
 * istiod compares bundles as texts: it takes a new one only if it holds the old one from end to end, or lies in it. So what
 * is there keeps its bytes and its place, whoever wrote it; what is missing comes after it; what goes is cut off.
 *
 * @param live - PEM; empty where nothing is trusted yet.
 * @param wanted - PEM
 * @returns undefined where there is no such text: the two share too little, or what stays does not stand together.
 */
export function nextBundle(live: string, wanted: string): string | undefined {
  if (live.trim() === "") return wanted;
  switch (compareRoots(live, wanted)) {
    case "same":
      return live;
    case "subset": {
      const known = fingerprintsOf(live);
      const missing = blocksOf(wanted).filter(({ fingerprint }) => !known.includes(fingerprint));
      return `${live}${live.endsWith("\n") ? "" : "\n"}${missing.map(({ text }) => `${text}\n`).join("")}`;
    }
    case "superset":
      return cutOut(live, fingerprintsOf(wanted));
    case "other":
      return undefined;
  }
}

/** What lies from the first block that stays to the last one, if nothing else does. */
function cutOut(live: string, wanted: readonly string[]): string | undefined {
  const blocks = blocksOf(live);
  const isKept = ({ fingerprint }: Block): boolean => wanted.includes(fingerprint);
  const run = blocks.slice(blocks.findIndex(isKept), blocks.findLastIndex(isKept) + 1);
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined || !run.every(isKept)) return undefined;
  const end = last.start + last.text.length;
  return live.slice(first.start, live[end] === "\n" ? end + 1 : end);
}

interface Block {
  readonly text: string;
  readonly start: number;
  readonly fingerprint: string;
}

const blocksOf = (pem: string): readonly Block[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)].map(({ 0: text, index: start }) => ({
    ...{ text, start },
    fingerprint: fingerprintsOf(text).join(),
  }));
