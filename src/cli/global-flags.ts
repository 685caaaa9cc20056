/** Flags that every command has, wherever they stand before `--`: they are taken out before the command is looked for. */
import { fail } from './errors.ts';
import type { RemoteFlags } from './remote/server.ts';

const GLOBAL_FLAGS = {
  server: 'URL',
  cacert: 'FILE',
  fingerprint: 'SHA256',
} as const satisfies Record<keyof RemoteFlags, string>;

type Name = keyof typeof GLOBAL_FLAGS;

/** @throws SlipwayError `cli/usage` for a flag without its value, or given twice */
export function takeGlobalFlags(argv: readonly string[]): { argv: string[]; flags: RemoteFlags } {
  const flags: RemoteFlags = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') return { argv: [...rest, ...argv.slice(i)], flags };
    const [, name, value] = /^--(server|cacert|fingerprint)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      rest.push(word);
      continue;
    }
    const given = value ?? argv[++i];
    const wrong =
      given === undefined || given === '' ? 'needs a value' : flags[name as Name] && 'is given twice';
    if (wrong) throw fail('usage', { message: `--${name} ${wrong}`, help: 'slipway --help' });
    flags[name as Name] = given;
  }
  return { argv: rest, flags };
}
