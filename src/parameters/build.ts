/** Makes the image that parameters ask for. */
import { build } from '../build/build.ts';
import type { BuildOptions } from '../build/context.ts';
import { Catalog } from '../image/catalog.ts';
import type { Installation } from '../system/config.ts';
import type { Built } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import type { DemoParameters } from './model.ts';
import type { Loaded } from './load.ts';
import { resolveParameters } from './recipe.ts';

/**
 * A new generation of the image; an image of the name that is there keeps its others, and nodes keep theirs.
 * @throws SlipwayError as `build` of src/build/build.ts
 */
export async function buildParameters(
  installation: Installation,
  { parameters, ...origin }: Loaded,
  options: BuildOptions,
): Promise<Built> {
  if (parameters.kind === 'demo') return await makeDemo(installation, parameters, options);
  return await build(installation, resolveParameters(parameters, origin), options);
}

/** An image with nothing in it but its message: no layers, no kernel. It shows what the catalog does. */
async function makeDemo(
  { paths }: Installation,
  { name, message }: DemoParameters,
  { sink, signal, wait }: BuildOptions,
): Promise<Built> {
  const start = performance.now();
  using _ = await lock(paths.locks, `image-${name}`, `build of ${name}`, {
    wait: wait ?? 60_000,
    sink,
    signal,
  });
  const catalog = await Catalog.open(paths);
  const before = await catalog.generations();
  const { digest, generation, bytes } = await catalog.publish(
    {
      config: {
        name,
        description: message.slice(0, 500),
        os: 'linux',
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        date: new Date(0).toISOString().replace('.000', ''),
        layers: [],
        packages: [],
        system: {},
      },
    },
    { signal },
  );
  const cached = before.some((one) => one.name === name && one.generation === generation);
  const seconds = Math.round(performance.now() - start) / 1000;
  return { event: 'built', image: name, generation, digest, cached, seconds, bytes };
}
