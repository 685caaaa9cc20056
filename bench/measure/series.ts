/** Values of one quantity from several runs, and what is said about them. */

/** At least one value. */
export type Series = readonly [number, ...number[]];

export function series(values: readonly number[]): Series {
  const [first, ...rest] = values;
  if (first === undefined) throw new Error('a series needs a value');
  return [first, ...rest];
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: Series): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

export interface Ratio {
  /** Median of the first through median of the second. */
  value: number;
  /** Smallest and largest: of the pairs where each run has its partner, else of all combinations. */
  least: number;
  most: number;
}

/** How many times the second the first is. Runs of the same round are pairs: what slows a machine down for minutes slows both. */
export function ratio(first: Series, second: Series): Ratio {
  const all =
    first.length === second.length
      ? first.map((value, i) => value / (second[i] ?? value))
      : first.flatMap((value) => second.map((other) => value / other));
  return { value: median(first) / median(second), least: Math.min(...all), most: Math.max(...all) };
}
