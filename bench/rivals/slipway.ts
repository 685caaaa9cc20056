/** `slipway` as users call it: `bin/slipway` of this checkout. */
import { cp, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Built } from '../../src/system/events.ts';
import { writeDurably } from '../../src/system/durable.ts';
import type { Bench } from '../row.ts';
import { timed } from '../measure/timed.ts';

export const CHECKOUT = join(import.meta.dirname, '../..');
export const PROGRAM = join(CHECKOUT, 'bin/slipway');
export const EXAMPLE = join(CHECKOUT, 'examples/debian-minimal.yml');

/** An installation with nothing in it but its configuration. Returns its SLIPWAY_ROOT. */
export async function freshRoot(bench: Bench, name: string, config: unknown): Promise<string> {
  const root = join(bench.directory, name);
  await mkdir(root, { recursive: true });
  await writeDurably(join(root, 'etc/slipway/config.yml'), JSON.stringify(config)); // JSON is YAML.
  return root;
}

/** Builds a recipe; the whole command is timed. */
export async function slipwayBuild(
  bench: Bench,
  root: string,
  recipe: string,
): Promise<{ seconds: number; built: Built }> {
  const argv = bench.namespace.command([PROGRAM, 'build', recipe, '--json']);
  const { seconds, stdout } = await timed(argv, { env: { SLIPWAY_ROOT: root }, signal: bench.signal });
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Built;
  if (last.event !== 'built') throw new Error('slipway build ended without the event built');
  return { seconds, built: last };
}

/** A copy of the recipe and all that stands beside it, to change. Returns the path of the recipe. */
export async function copyOfRecipe(bench: Bench): Promise<string> {
  const copy = join(bench.directory, 'recipe');
  await cp(dirname(bench.recipe), copy, { recursive: true });
  return join(copy, basename(bench.recipe));
}
