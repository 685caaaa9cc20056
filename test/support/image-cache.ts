/**
 * The image that boot tests share. It is built through `bin/slipway` like a
 * user's into an installation that stays between runs (SLIPWAY_TEST_CACHE, by
 * default below ~/.cache), where the build's own cache makes the next run quick:
 * what counts is the content of recipe, module and repositories, as for any build.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Built } from '../../src/system/events.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';
import type { SlipwayError } from '../../src/system/errors.ts';
import { run } from '../../src/system/process.ts';

export const CHECKOUT = join(import.meta.dirname, '../..');
export const SLIPWAY = join(CHECKOUT, 'bin/slipway');

export const cache = process.env['SLIPWAY_TEST_CACHE'] || join(homedir(), '.cache/slipway-tests');

export interface CachedImage {
  /** SLIPWAY_ROOT with the image; others use it at the same time. */
  root: string;
  /** `name:generation` */
  ref: string;
}

/** Builds a recipe of this checkout (SLIPWAY_TEST_RECIPE: another) if it, or what it is made from, has changed. */
export async function cachedImage(
  recipe = process.env['SLIPWAY_TEST_RECIPE'] || 'examples/debian-minimal.yml',
): Promise<CachedImage> {
  const root = join(cache, 'root');
  await mkdir(root, { recursive: true });
  const argv = [SLIPWAY, 'build', resolve(CHECKOUT, recipe), '--json'];
  const { stdout } = await run(argv, { env: { SLIPWAY_ROOT: root } }).catch((error: SlipwayError) => {
    throw new Error(`${error.message}\n${error.output}`, { cause: error });
  });
  const built = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Built;
  if (built.event !== 'built') throw new Error(`slipway build ended with ${JSON.stringify(built)}`);
  return { root, ref: `${built.image}:${built.generation}` };
}

/** An installation of its own with the cached catalog in it. Blobs are hard links: replace them, never write into them. */
export async function privateCopy(
  image: CachedImage,
): Promise<AsyncDisposable & { installation: Installation }> {
  const directory = join(cache, 'trials');
  await mkdir(directory, { recursive: true });
  const root = await mkdtemp(join(directory, 'trial-'));
  const installation = loadInstallation(root);
  await mkdir(installation.paths.state, { recursive: true });
  const from = loadInstallation(image.root).paths;
  await run(['cp', '--archive', '--link', from.catalog, installation.paths.catalog]);
  return {
    installation,
    [Symbol.asyncDispose]: async () => await rm(root, { recursive: true, force: true }),
  };
}
