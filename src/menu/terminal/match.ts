/** Which entries of a list what was typed stands for. */

/** A choice with its number, from 1, which stays while the list gets shorter. */
export interface Numbered {
  number: number;
  text: string;
  /** What is shown behind the text. */
  hint?: string;
}

/**
 * Entries that have every word, the best first: that number, that very text, one that begins so, one
 * that has it, one whose hint has it. Nothing typed: all. So `1` stands for entry 1 before entry 10,
 * and `4.18` for a part of a text though there is an entry 4.
 */
export function matching<T extends Numbered>(all: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return [...all];
  const words = wanted.split(/\s+/);
  const rank = ({ number, text, hint = '' }: T): number => {
    const [line, more] = [text.toLowerCase(), hint.toLowerCase()];
    if (String(number) === wanted) return 0;
    if (line === wanted) return 1;
    if (line.startsWith(wanted)) return 2;
    if (words.every((word) => line.includes(word))) return 3;
    return words.every((word) => `${number} - ${line} ${more}`.includes(word)) ? 4 : Infinity;
  };
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter((found) => found.rank < Infinity)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

/** Words like the last one of what is typed before the cursor, those that begin so first; none where it is complete. */
export function completions(words: readonly string[], typed: string, most: number): string[] {
  const last = lastWord(typed).toLowerCase();
  if (last === '') return [];
  const found = words.filter((word) => word.toLowerCase().includes(last));
  const ranked = [
    ...found.filter((word) => word.toLowerCase().startsWith(last)),
    ...found.filter((word) => !word.toLowerCase().startsWith(last)),
  ];
  return ranked[0]?.toLowerCase() === last ? [] : ranked.slice(0, most);
}

export function lastWord(typed: string): string {
  return /[^\s,]*$/.exec(typed)?.[0] ?? '';
}
