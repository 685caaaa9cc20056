/** What stands behind the flags of `add` and `set`: KEY=VALUE, !KEY, NAME,KEY=VALUE,… */
import type { Interface } from '../node/interface-schema.ts';
import { fail } from './errors.ts';

type Words = readonly string[] | undefined;

const usage = (message: string) => fail('usage', { message, help: 'slipway node set --help' });

/** `KEY=VALUE` words as a record; `!KEY` is null. */
export function recordOf<T>(
  words: Words,
  read: (key: string, value: string) => readonly [string, T],
): Record<string, T | null> | undefined {
  if (!words || words.length === 0) return undefined;
  const pairs = words.map((word) => {
    if (/^![^=]+$/.test(word)) return [word.slice(1), null] as const;
    const at = word.indexOf('=');
    if (at < 1) throw usage(`${JSON.stringify(word)} is neither KEY=VALUE nor !KEY`);
    return read(word.slice(0, at), word.slice(at + 1));
  });
  return Object.fromEntries(pairs);
}

export const tagOf = (key: string, value: string) => [key, value] as const;

/** `KEY=TEXT`, or `KEY:=JSON` for numbers, lists and maps. */
export function variableOf(key: string, value: string): readonly [string, unknown] {
  if (!key.endsWith(':')) return [key, value];
  try {
    return [key.slice(0, -1), JSON.parse(value) as unknown];
  } catch {
    throw usage(`${JSON.stringify(value.slice(0, 200))} is not valid JSON`);
  }
}

const NUMBERS = ['mtu', 'vlan'];
const PLURALS = ['dns', 'search', 'bond', 'bridge'];

/** `eth0,mac=…,address=…,dns=A+B` */
export function interfacesOf(words: Words): Record<string, Interface | null> | undefined {
  if (!words || words.length === 0) return undefined;
  const pairs = words.map((word): [string, Interface | null] => {
    if (/^![^=,]+$/.test(word)) return [word.slice(1), null];
    // A pattern may have commas in its brackets.
    const [name = '', ...rest] = word.split(/,(?![^[]*\])/);
    const fields = rest.map((field): [string, unknown] => {
      const at = field.indexOf('=');
      if (at < 1) throw usage(`${JSON.stringify(field)} of interface ${name} is not KEY=VALUE`);
      const [key, value] = [field.slice(0, at), field.slice(at + 1)];
      if (NUMBERS.includes(key) && /^\d+$/.test(value)) return [key, Number(value)];
      if (key === 'dhcp' && /^(true|false)$/.test(value)) return [key, value === 'true'];
      return [key, PLURALS.includes(key) ? value.split('+') : value];
    });
    return [name, Object.fromEntries(fields)];
  });
  return Object.fromEntries(pairs);
}
