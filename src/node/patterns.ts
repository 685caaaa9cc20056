/**
 * Values that differ from node to node, written once for a node set: the pattern
 * `52:54:00:00:00:[01-64]` has as many elements as the set, and the first node gets
 * the first. Hexadecimal in MAC and IPv6 addresses, decimal elsewhere; several
 * brackets count like the digits of a clock, the last one fastest; commas join
 * patterns.
 */
import { fail } from './errors.ts';
import type { Interface } from './interface-schema.ts';
import type { NodeDocument } from './schema.ts';

const BRACKET = /\[([^[\]]*)\]/;

interface Range {
  first: number;
  last: number;
  width: number;
}

/**
 * The elements of a pattern, which must be `count`. They are counted before they are made.
 * @throws SlipwayError `node/pattern`
 */
export function expandPattern(pattern: string, count: number, radix: 10 | 16): string[] {
  const parts = splitOutside(pattern).map((part) => parsePart(part, pattern, radix));
  const found = parts.reduce((sum, part) => sum + part.size, 0);
  if (found !== count)
    throw fail('pattern', {
      pattern: JSON.stringify(pattern.slice(0, 200)),
      problem: `it has ${found} ${found === 1 ? 'element' : 'elements'} for ${count} nodes`,
    });
  return parts.flatMap(({ texts, brackets, size }) =>
    Array.from({ length: size }, (_, index) => element(texts, brackets, index, radix)),
  );
}

interface Part {
  texts: string[];
  brackets: Range[][];
  size: number;
}

function parsePart(part: string, pattern: string, radix: 10 | 16): Part {
  const pieces = part.trim().split(BRACKET);
  const texts = pieces.filter((_, i) => i % 2 === 0);
  const bad = (problem: string) =>
    fail('pattern', { pattern: JSON.stringify(pattern.slice(0, 200)), problem });
  if (texts.some((text) => /[[\]]/.test(text))) throw bad('its brackets do not match');
  if (part.trim() === '') throw bad('something is missing beside a comma');
  const brackets = pieces
    .filter((_, i) => i % 2 === 1)
    .map((inner) =>
      inner.split(',').map((range) => {
        const [, low = '', high = low] =
          (radix === 16 ? /^([0-9a-f]{1,12})(?:-([0-9a-f]{1,12}))?$/i : /^(\d{1,9})(?:-(\d{1,9}))?$/).exec(
            range.trim(),
          ) ?? [];
        const first = Number.parseInt(low, radix);
        const last = Number.parseInt(high, radix);
        if (!(last >= first)) throw bad(`[${range.slice(0, 50)}] is no range from low to high`);
        const padded = low.length > 1 && low.startsWith('0');
        return { first, last, width: padded || radix === 16 ? low.length : 0 };
      }),
    );
  const size = brackets.reduce((product, ranges) => product * lengthOf(ranges), 1);
  return { texts, brackets, size };
}

const lengthOf = (ranges: readonly Range[]) =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

function element(
  texts: readonly string[],
  brackets: readonly Range[][],
  index: number,
  radix: number,
): string {
  let out = '';
  let rest = index;
  for (let i = brackets.length - 1; i >= 0; i--) {
    const ranges = brackets[i] ?? [];
    const length = lengthOf(ranges);
    let offset = rest % length;
    rest = Math.floor(rest / length);
    for (const { first, last, width } of ranges) {
      const size = last - first + 1;
      if (offset < size) {
        out = (first + offset).toString(radix).padStart(width, '0') + (texts[i + 1] ?? '') + out;
        break;
      }
      offset -= size;
    }
  }
  return (texts[0] ?? '') + out;
}

/** At commas that stand in no bracket. */
function splitOutside(pattern: string): string[] {
  return pattern.split(/,(?![^[]*\])/);
}

const isPattern = (text: string) => /[[\],]/.test(text);
const radixOf = (address: string): 10 | 16 => (address.includes(':') ? 16 : 10);

/** Where in a document values stand that may be patterns: `macs.0`, `address`, `interfaces.eth0.mac`, …. */
export function* patternsIn(
  document: NodeDocument,
): Generator<{ path: string[]; value: string; radix: 10 | 16; unique?: string }> {
  for (const [i, value] of (document.macs ?? []).entries())
    yield { path: ['macs', String(i)], value, radix: 16, unique: 'MAC address' };
  const { address } = document;
  if (address !== undefined)
    yield { path: ['address'], value: address, radix: 10, unique: 'reserved address' };
  for (const [name, one] of Object.entries(document.interfaces ?? {})) {
    const path = ['interfaces', name];
    if (one?.mac !== undefined)
      yield { path: [...path, 'mac'], value: one.mac, radix: 16, unique: 'MAC address' };
    if (one?.address !== undefined)
      yield {
        path: [...path, 'address'],
        value: one.address,
        radix: radixOf(one.address),
        unique: 'address',
      };
  }
  if (document.bmc?.address !== undefined)
    yield { path: ['bmc', 'address'], value: document.bmc.address, radix: radixOf(document.bmc.address) };
}

/**
 * A document for each of `count` nodes. Without patterns in it, all get the same object.
 * @param onError gets an error with the path in the document it is about; without it the first is thrown
 * @throws SlipwayError `node/pattern`, `node/one-only`
 */
export function spread(
  document: NodeDocument,
  count: number,
  onError?: (error: Error, path: string[]) => void,
): (index: number) => NodeDocument {
  const found: { path: string[]; values: string[] }[] = [];
  for (const { path, value, radix, unique } of patternsIn(document))
    try {
      if (isPattern(value)) found.push({ path, values: expandPattern(value, count, radix) });
      else if (count > 1 && unique !== undefined) throw fail('one-only', { what: unique, count, value });
    } catch (error) {
      if (!onError) throw error;
      onError(error as Error, path);
    }
  if (found.length === 0) return () => document;
  return (index) => {
    const copy = {
      ...document,
      ...(document.macs && { macs: [...document.macs] }),
      ...(document.interfaces && {
        interfaces: Object.fromEntries(
          Object.entries(document.interfaces).map(([name, one]) => [name, one && { ...one }]),
        ) as Record<string, Interface | null>,
      }),
      ...(document.bmc && { bmc: { ...document.bmc } }),
    };
    for (const { path, values } of found) put(copy, path, values[index] ?? '');
    return copy;
  };
}

function put(into: object, path: readonly string[], value: string): void {
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      into as Record<string, unknown>,
    );
  holder[path.at(-1) ?? ''] = value;
}
