/** From names back to a short expression, written as ClusterShell writes it. */
import { foldBoxes } from './boxes.ts';
import { sortNames } from './natural.ts';
import { foldNumbers } from './numbers.ts';

/** Stands for a number. Sorts before all that names may have. */
const GAP = '\0';

/**
 * The shortest usual way to write names, such as `login1,node[01-10]`; '' for none.
 * Several numbers in a name are folded together: `r[1-2]n[1-4]`. Steps are not used.
 */
export function fold(names: Iterable<string>): string {
  // Names that differ in nothing but their numbers, by what is around these.
  const shapes = new Map<string, Set<string>>();
  for (const name of names) {
    const shape = name.replaceAll(/\d+/g, GAP);
    const numbers = shapes.get(shape);
    if (numbers) numbers.add(name);
    else shapes.set(shape, new Set([name]));
  }
  return [...shapes.keys()]
    .toSorted()
    .flatMap((shape) => foldShape(shape, shapes.get(shape) ?? new Set()))
    .join(',');
}

function foldShape(shape: string, names: ReadonlySet<string>): string[] {
  const parts = shape.split(GAP);
  if (parts.length === 1) return [shape];
  if (parts.length === 2) {
    const [before = '', behind = ''] = parts;
    const numbers = [...names].map((name) => name.slice(before.length, name.length - behind.length));
    return [before + bracket(numbers) + behind];
  }
  const vectors = [...names].map((name) => name.match(/\d+/g) ?? []);
  return foldBoxes(vectors).map((axes) =>
    parts.map((part, i) => (i === 0 ? part : bracket(axes[i - 1] ?? []) + part)).join(''),
  );
}

function bracket(numbers: string[]): string {
  const [only = ''] = numbers;
  return numbers.length === 1 ? only : `[${foldNumbers(numbers)}]`;
}

/** Names for a message: all if that is short, else the first and how many more. */
export function foldBriefly(names: readonly string[], characters = 200): string {
  const all = fold(names);
  if (all.length <= characters) return all;
  const sorted = sortNames(names);
  const some = sorted.slice(0, 10);
  return `${fold(some)} and ${sorted.length - some.length} more`;
}
