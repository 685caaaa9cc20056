/** Makes both releases, from downloading to signing. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildAll, complete } from './build.ts';
import { fetchDebs } from './debs.ts';
import type { PackageDefinition, Release } from './package.ts';
import { base, release as releaseFiles } from './packages/base.ts';
import { extras } from './packages/extras.ts';
import { compressModules, kernel } from './packages/kernel.ts';
import { DROPPED, RENAMED } from './packages/libraries.ts';
import { selinux } from './packages/selinux.ts';
import { system } from './packages/system.ts';
import { endAgent, makeKey, makeRepository, signPackages } from './repository.ts';

/** `work`: an empty directory. Returns one in it with `8`, `9`, the public key and `made.json`. */
export async function makeDistribution(work: string): Promise<string> {
  const libraries = Object.entries(RENAMED).map(([name, from]): PackageDefinition => ({ name, from }));
  const common = [...base, ...system, ...selinux, ...libraries];
  const roots = [...new Set(common.flatMap(({ from = [] }) => from)), 'linux-image-cloud-amd64'];
  const debs = await fetchDebs(work, roots, DROPPED);
  const image = [...debs.keys()].find((name) => /^linux-image-\d/.test(name));
  if (!image) throw new Error('there is no kernel among the packages');
  debs.delete('linux-image-cloud-amd64');
  await compressModules(join(work, 'debs', image));

  const definitions = (release: Release) =>
    complete([releaseFiles(release), ...common, ...kernel(release, image), ...extras(release)], debs);
  await buildAll({ '8': definitions('8'), '9': definitions('9') }, debs, work);

  const home = join(work, 'gpg');
  const key = await makeKey(home);
  const made = join(work, 'made');
  await mkdir(made);
  try {
    await signPackages(join(work, 'rpms'), home);
    for (const release of ['8', '9'] as const)
      await makeRepository(join(work, 'rpms'), release, join(made, release), home);
  } finally {
    await endAgent(home);
  }
  await rename(key, join(made, basename(key)));
  await writeFile(
    join(made, 'made.json'),
    JSON.stringify({ kernelVersion: image.replace('linux-image-', '') }),
  );
  return made;
}
