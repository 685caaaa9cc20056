/**
 * Names with several numbers as few products of sets, such as `r[1-2]n[1-4]`.
 *
 * A box is a product of one set for each axis; at first each name is a box. Two boxes that
 * differ in one axis only are one box with both sets in that axis. Which are put together
 * first decides what comes out; the order is the one that makes the results those of
 * ClusterShell: boxes sorted by size, neighbours until nothing changes, then each with
 * every later one. Boxes never overlap, so nothing else can happen to a pair.
 *
 * Sets are compared by hash, and partners looked up by it, so that the last part does not
 * take the square of the number of boxes.
 */
import { compareDigits } from './numbers.ts';

/** A set of numbers, by its parts: only asked for its elements at the end. */
interface Axis {
  size: number;
  /** In the order of `compareDigits`. */
  first: string;
  last: string;
  /** Exclusive or of 32 random bits for each element, twice: the same for the same set, however it was put together. */
  high: number;
  low: number;
  parts: [Axis, Axis] | undefined;
}
interface Box {
  size: number;
  axes: Axis[];
}

/** @param vectors different, all of one length. @returns for each box the elements of its axes, unsorted */
export function foldBoxes(vectors: readonly (readonly string[])[]): string[][][] {
  const known = new Map<string, Axis>();
  const single = (digits: string): Axis => {
    let axis = known.get(digits);
    if (!axis) {
      const [high, low] = [randomBits(), randomBits()];
      axis = { size: 1, first: digits, last: digits, high, low, parts: undefined };
      known.set(digits, axis);
    }
    return axis;
  };
  let boxes = vectors.map((vector): Box => ({ size: 1, axes: vector.map(single) }));
  for (let pass: typeof mergeNeighbours = mergeNeighbours; ;) {
    boxes.sort(compareBoxes);
    const merged: Box[] = pass(boxes);
    const changed = merged.length < boxes.length;
    boxes = merged;
    if (changed) continue;
    if (pass === mergeAny) return boxes.map((box) => box.axes.map(elements));
    pass = mergeAny;
  }
}

const randomBits = () => (Math.random() * 2 ** 32) | 0;

/** Large ones first, then those with many numbers, then those with low ones. */
function compareBoxes(a: Box, b: Box): number {
  if (a.size !== b.size) return b.size - a.size;
  for (const [i, x] of a.axes.entries()) {
    const y = b.axes[i] ?? x;
    if (x.size !== y.size) return y.size - x.size;
    if (x.first !== y.first) return x.first < y.first ? -1 : 1;
    if (x.last !== y.last) return x.last < y.last ? -1 : 1;
  }
  return 0;
}

function mergeNeighbours(sorted: readonly Box[]): Box[] {
  const result: Box[] = [];
  for (const box of sorted) {
    const before = result.at(-1);
    const axis = before ? onlyDifference(before, box) : -1;
    if (before && axis >= 0) result[result.length - 1] = merge(before, box, axis);
    else result.push(box);
  }
  return result;
}

/** The one axis in which two boxes differ; -1 if there are several. */
function onlyDifference(a: Box, b: Box): number {
  let found = -1;
  for (const [i, x] of a.axes.entries()) {
    const y = b.axes[i] ?? x;
    if (x.high === y.high && x.low === y.low && x.size === y.size) continue;
    if (found >= 0) return -1;
    found = i;
  }
  return found;
}

/** Each box takes up all later ones that it can, in their order. */
function mergeAny(sorted: readonly Box[]): Box[] {
  const places = new Map<string, number[]>();
  for (const [place, box] of sorted.entries())
    for (const key of keys(box)) {
      const list = places.get(key);
      if (list) list.push(place);
      else places.set(key, [place]);
    }
  const gone = new Uint8Array(sorted.length);
  const result: Box[] = [];
  for (const [start, first] of sorted.entries()) {
    if (gone[start]) continue;
    let box = first;
    for (let place = start; ;) {
      let axis = -1;
      let next = sorted.length;
      for (const [i, key] of keys(box).entries()) {
        const found = firstBehind(places.get(key), place, gone);
        if (found < next) [axis, next] = [i, found];
      }
      const other = sorted[next];
      if (!other) break;
      box = merge(box, other, axis);
      gone[next] = 1;
      place = next;
    }
    result.push(box);
  }
  return result;
}

/** For each axis what a box must have in common with those that differ from it there only. */
function keys({ axes }: Box): string[] {
  const each = axes.map(({ high, low, size }) => `${high}.${low}.${size}`);
  return each.map((_, i) => `${i} ${each.toSpliced(i, 1).join(' ')}`);
}

/** The first place behind `place` whose box is still there. Forgets those that are gone. */
function firstBehind(places: number[] | undefined, place: number, gone: Uint8Array): number {
  if (!places) return Infinity;
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (gone[places[end] ?? -1]) end++;
  if (end > low) places.splice(low, end - low);
  return places[low] ?? Infinity;
}

function merge(a: Box, b: Box, axis: number): Box {
  const [x, y] = [a.axes[axis], b.axes[axis]];
  if (!x || !y) return a;
  const both: Axis = {
    size: x.size + y.size,
    first: compareDigits(x.first, y.first) < 0 ? x.first : y.first,
    last: compareDigits(x.last, y.last) > 0 ? x.last : y.last,
    high: x.high ^ y.high,
    low: x.low ^ y.low,
    parts: [x, y],
  };
  return { size: a.size + b.size, axes: a.axes.with(axis, both) };
}

function elements(axis: Axis): string[] {
  const found: string[] = [];
  const open = [axis];
  for (let next = open.pop(); next; next = open.pop())
    if (next.parts) open.push(...next.parts);
    else found.push(next.first);
  return found;
}
