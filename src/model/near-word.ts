/** The word that another one is likely to stand for. */
export const findNear = (word: string, known: readonly string[]): string | undefined =>
  known.find((each) => isNear(word.toLowerCase(), each.toLowerCase()));

/** Whether one letter more, less or other, or two swapped, makes one of the other. */
function isNear(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
