import type { BuildOptions } from '../build/context.ts';
import { Catalog } from '../image/catalog.ts';
import type { Installation } from '../system/config.ts';
import type { Built } from '../system/events.ts';
import { parametersOf, type Answers } from './answers.ts';
import { buildParameters } from './build.ts';
import { poolVersions } from './pool.ts';

/**
 * Makes a new image of what somebody answered.
 * @param asked where they were asked, for messages: `slipway menu`
 * @throws SlipwayError `parameters/…` with all mistakes, and as `buildParameters`
 */
export async function createImage(
  installation: Installation,
  answers: Answers,
  asked: string,
  options: BuildOptions,
): Promise<Built> {
  const { paths } = installation;
  const catalog = await Catalog.open(paths);
  const parameters = await parametersOf(answers, {
    paths,
    kernels: await poolVersions(paths),
    images: (await catalog.generations()).map(({ name }) => name),
  });
  return await buildParameters(installation, { file: asked, parameters }, options);
}
