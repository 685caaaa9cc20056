/**
 * Modes from a directory that the configuration names: one file each, of JavaScript or of TypeScript
 * that only needs its types taken out. How to write one: docs/guide/writing-a-mode.md.
 */
import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { NAME } from '../system/names.ts';
import { checkBootable, ownBoot, sizeOf } from './check.ts';
import { fail } from './errors.ts';
import { addMode, modes } from './index.ts';
import type { Mode } from './mode.ts';

/** What a mode from outside is given, for it imports nothing of ours. */
export const TOOLS = { checkBootable, ownBoot, sizeOf };
export type ModeTools = typeof TOOLS;

const method = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const Shape = z.looseObject({
  name: z.string().regex(NAME, 'must be a name: a-z 0-9 . _ -'),
  description: z.string().min(1),
  bootable: z.boolean(),
  keepsReading: z.boolean(),
  takes: z.array(z.string()),
  check: method,
  publish: method,
  unpublish: method,
  boot: method,
  nodeConf: method,
  estimate: method,
});

/** Names of Slipway's own modes, which nobody may replace. */
const OWN = new Set(modes.map((mode) => mode.name));
const loaded = new Map<string, string>();

/**
 * Loads every file `*.js`, `*.mjs` and `*.ts` of `directory`, each once a process.
 * @throws SlipwayError `mode/untrusted` before anything of a file runs, `mode/not-a-mode`
 */
export async function loadOutsideModes(directory: string): Promise<void> {
  let real: string;
  let names: string[];
  try {
    real = realpathSync(directory);
    names = readdirSync(real).toSorted();
  } catch (cause) {
    throw fail('not-a-mode', { file: directory, reason: (cause as Error).message }, { cause });
  }
  for (const name of names) {
    if (!/\.(m?js|ts)$/.test(name) || /\.(d|test)\.ts$/.test(name)) continue;
    const file = join(real, name);
    if (loaded.has(file)) continue;
    trust(file);
    addMode(await load(file));
  }
}

async function load(file: string): Promise<Mode> {
  let made: unknown;
  try {
    const { default: make } = (await import(pathToFileURL(file).href)) as { default?: unknown };
    made = typeof make === 'function' ? (make as (tools: ModeTools) => unknown)(TOOLS) : make;
  } catch (cause) {
    throw fail(
      'not-a-mode',
      { file, reason: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
  const checked = Shape.safeParse(made);
  if (!checked.success)
    throw fail('not-a-mode', { file, reason: z.prettifyError(checked.error).replaceAll('\n', ' ') });
  const { name } = checked.data;
  const other = [...loaded].find(([, taken]) => taken === name)?.[0];
  if (OWN.has(name) || other !== undefined)
    throw fail('not-a-mode', {
      file,
      reason: `the name ${name} is taken${other === undefined ? '' : ` by ${other}`}`,
    });
  loaded.set(file, name);
  // The object itself: a copy would lose what its methods call by `this`.
  return made as Mode;
}

/** Whoever could change the file or swap a directory above it would be root. */
function trust(file: string): void {
  const uid = process.getuid?.() ?? 0;
  let path = realpathSync(file);
  const own = (info: Stats) => info.uid === 0 || info.uid === uid;
  for (;;) {
    const info = statSync(path);
    // A sticky directory such as /tmp lets nobody rename what others own.
    const sticky = info.isDirectory() && (info.mode & 0o1000) !== 0;
    if (!own(info)) throw fail('untrusted', { file, reason: `${path} belongs to user ${info.uid}` });
    if ((info.mode & 0o022) !== 0 && !sticky)
      throw fail('untrusted', { file, reason: `others than its owner may write to ${path}` });
    if (dirname(path) === path) return;
    path = dirname(path);
  }
}
