/** The one order of names: as people count, `n2` before `n10`. */

const isDigit = (code: number) => code >= 48 && code <= 57;

/** Where the run of digits that begins at `from` ends. */
function endOfDigits(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/**
 * Compares numbers in names by value, the rest by code unit. Of two that are alike up to
 * leading zeros the one with fewer comes first: `n1 n01 n2`. A total order: 0 only for equal texts.
 */
export function naturalCompare(a: string, b: string): number {
  let zeros = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (!isDigit(x) || !isDigit(y)) {
      if (x !== y) return x - y;
      i++;
      j++;
      continue;
    }
    const endA = endOfDigits(a, i);
    const endB = endOfDigits(b, j);
    const [lengthA, lengthB] = [endA - i, endB - j];
    while (i < endA - 1 && a.charCodeAt(i) === 48) i++;
    while (j < endB - 1 && b.charCodeAt(j) === 48) j++;
    if (endA - i !== endB - j) return endA - i - (endB - j);
    for (; i < endA; i++, j++)
      if (a.charCodeAt(i) !== b.charCodeAt(j)) return a.charCodeAt(i) - b.charCodeAt(j);
    zeros ||= lengthA - lengthB;
  }
  return a.length - i - (b.length - j) || zeros;
}

/** Sorted copy, each name once. */
export function sortNames(names: Iterable<string>): string[] {
  return [...new Set(names)].toSorted(naturalCompare);
}
