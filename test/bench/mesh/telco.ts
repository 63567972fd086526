/** Clouds of a telephone company: three slices of the network, twelve brands, twenty enterprises and fifteen caches. */
const CLUSTERS_OF: readonly number[] = [
  ...[200, 200, 200],
  ...Array.from({ length: 12 }, () => 50),
  ...[10, 8, 4, 11, 8, 5, 9, 7, 4, 5, 8, 10, 3, 10, 4, 7, 7, 5, 7, 10],
  ...[29, 11, 31, 32, 32, 24, 30, 15, 17, 28, 27, 25, 38, 26, 29],
];

export interface Cloud {
  readonly name: string;
  readonly clusters: readonly string[];
}

const clouds: readonly Cloud[] = CLUSTERS_OF.map((count, index) => ({
  name: `tenant-${index}`,
  clusters: Array.from({ length: count }, (_, at) => `far-edge-${at}`),
}));

/** By name: three brands with a mesh of their own, as the company has it; and, as a stress, all of them. */
export const FLEETS: ReadonlyMap<string, readonly Cloud[]> = new Map([
  ["dedicated", clouds.slice(3, 6)],
  ["all", clouds],
]);
