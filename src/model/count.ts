/** As in `1 file` and `2 files`, for nouns that take an s. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
