import { fail } from '../boot/errors.ts';
import { closest } from '../system/closest.ts';
import { demo } from './demo.ts';
import { livenet } from './livenet.ts';
import type { Mode } from './mode.ts';
import { ram } from './ram.ts';

/** All modes; a new one is added here. */
export const modes: readonly Mode[] = [ram, livenet, demo];

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
