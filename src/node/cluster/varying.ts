/** What differs from node to node, and patterns for it. The reverse of ../patterns.ts. */
import { patternsIn } from '../patterns.ts';
import type { NodeDocument } from '../schema.ts';

/** Values by path, its keys with blanks between: `macs 0`, `interfaces eth0 address`. */
export type Varying = Map<string, string>;

/** Parts a document into what nodes may share and what they may not. */
export function takeVarying(document: NodeDocument): [shared: NodeDocument, own: Varying] {
  const own: Varying = new Map();
  for (const { path, value } of patternsIn(document)) own.set(path.join(' '), value);
  if (own.size === 0) return [document, own];
  const { macs: _macs, address: _address, ...shared } = document;
  if (shared.interfaces)
    shared.interfaces = Object.fromEntries(
      Object.entries(shared.interfaces).map(([name, one]) => {
        if (one === null) return [name, null];
        const { mac: _mac, address: _own, ...rest } = one;
        return [name, rest];
      }),
    );
  if (shared.bmc) {
    const { address: _bmc, ...rest } = shared.bmc;
    shared.bmc = rest;
  }
  return [shared, own];
}

/** A pattern with these elements, if they are regular enough for one that is shorter than they are. */
export function patternOf(values: readonly string[]): string | undefined {
  const runs: { before: string; after: string; first: number; last: number; digits: string }[] = [];
  for (const value of values) {
    const [, before = '', digits = '', after = ''] =
      /^(.*:)([0-9a-f]{2})()$/.exec(value) ?? /^([^:]*?)(\d+)((?:\/\d+)?)$/.exec(value) ?? [];
    if (digits === '') return undefined;
    const radix = before.includes(':') ? 16 : 10;
    // Elements without leading zeros have none in patterns either.
    if (radix === 10 && digits.length > 1 && digits.startsWith('0')) return undefined;
    const number = Number.parseInt(digits, radix);
    const run = runs.at(-1);
    if (run && run.before === before && run.after === after && run.last + 1 === number) run.last = number;
    else runs.push({ before, after, first: number, last: number, digits });
    if (runs.length > Math.max(1, values.length / 2)) return undefined;
  }
  const pattern = runs
    .map(({ before, after, first, last, digits }) => {
      const end = before.includes(':') ? last.toString(16).padStart(digits.length, '0') : String(last);
      return first === last ? before + digits + after : `${before}[${digits}-${end}]${after}`;
    })
    .join(',');
  return pattern.length < 50_000 ? pattern : undefined;
}
