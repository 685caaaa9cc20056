/** Which entries of a list what was typed stands for. */

/** A choice with its number, from 1, which stays while the list gets shorter. */
export interface Numbered {
  number: number;
  text: string;
}

/**
 * The entry of that number first, then all whose text has every word, in their order. Nothing typed: all.
 * `1` stands for entry 1 before entry 10, and `4.18` for a part of a text though there is an entry 4.
 */
export function matching<T extends Numbered>(all: readonly T[], typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...all];
  const exact = all.filter(({ number }) => words.length === 1 && String(number) === words[0]);
  const rest = all.filter(
    (one) =>
      !exact.includes(one) &&
      words.every((word) => `${one.number} - ${one.text}`.toLowerCase().includes(word)),
  );
  return [...exact, ...rest];
}
