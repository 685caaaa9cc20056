import type { Namespace } from '../src/system/namespace.ts';
import type { Ratio, Series } from './measure/series.ts';

export type Unit = 'seconds' | 'bytes' | 'bytes/s' | 'count';

/** One line of the table. */
export interface Figure {
  /** What was measured, such as `cold build of debian-minimal`. */
  bench: string;
  /** What it is compared with; empty where the figure stands alone. */
  against: string;
  goal: { most: number } | { least: number };
  /** `ratio`, or the unit of `value`. */
  unit: 'ratio' | Unit;
  result: Measured | { notMeasured: string };
  /** What a reader must know to judge the figure. */
  notes: string[];
}

export interface Measured extends Ratio {
  /** The values behind it: ours, and the other side's where there is one. */
  ours: Series;
  theirs?: Series;
  /** Unit of those. */
  of: Unit;
}

/** What rows get. */
export interface Bench {
  /** Empty at the start, removed at the end; on disk, not in memory. */
  directory: string;
  /** Kept between runs; may be deleted at any time. */
  cache: string;
  /** Everything that is measured runs inside: mounts and processes vanish with us. */
  namespace: Namespace;
  /** Runs of each contender. */
  rounds: number;
  /** Whether this only shows that the bench works: once, and small. */
  quick: boolean;
  /** Absolute path of the recipe that is built and booted. */
  recipe: string;
  signal: AbortSignal;
  /** Keeps what is expensive and wanted by several rows: makes it at the first call. */
  shared<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** Closed at the end, the last one first. */
  stack: AsyncDisposableStack;
  /** Progress, a line each. */
  say(line: string): void;
}

/** A family of figures; a file each in `rows/`. */
export interface Row {
  name: string;
  brief: string;
  run(bench: Bench): Promise<Figure[]>;
}

export function reached({ result, goal }: Figure): boolean | undefined {
  if ('notMeasured' in result) return undefined;
  return 'most' in goal ? result.value <= goal.most : result.value >= goal.least;
}
