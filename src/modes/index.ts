import { fail } from '../boot/errors.ts';
import { closest } from '../system/closest.ts';
import { demo } from './demo.ts';
import { livenet } from './livenet.ts';
import type { Mode } from './mode.ts';
import { nfs } from './nfs.ts';
import { ram } from './ram.ts';
import { readonly } from './readonly.ts';

const all: Mode[] = [ram, livenet, nfs, readonly, demo];

/** All modes; a new one is added above, or comes from outside: outside.ts. */
export const modes: readonly Mode[] = all;

/** Adds a mode, or puts it in the place of one of the same name that came from outside before. */
export function addMode(mode: Mode): void {
  const at = all.findIndex((one) => one.name === mode.name);
  if (at < 0) all.push(mode);
  else all[at] = mode;
}

/** What a node boots in when nobody said otherwise. */
export const DEFAULT_MODE = ram.name;

/** The mode of this name. @throws SlipwayError `boot/no-mode` */
export function findMode(name: string): Mode {
  const mode = modes.find((one) => one.name === name);
  if (mode) return mode;
  const known = modes.map((one) => one.name);
  const near = closest(name, known);
  throw fail('no-mode', {
    mode: JSON.stringify(name),
    known: known.join(', '),
    hint: near ? `Did you mean ${near}?` : 'Choose one of them.',
  });
}
