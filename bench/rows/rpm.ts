/** RPM images from the tests' own distribution: against bare commands, a second image, and a rebuild. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigSchema } from '../../src/system/config.ts';
import { rpmDistribution } from '../../test/support/rpm/distribution.ts';
import { rpmRecipe } from '../../test/support/rpm/recipe.ts';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { mib, seconds } from '../report/numbers.ts';
import { bareRpm, type WantedRpms } from '../rivals/bare-rpm.ts';
import { freshRoot, slipwayBuild } from '../rivals/slipway.ts';
import type { Bench, Figure, Row } from '../row.ts';

/** What the type `standard` has, and the kernel. */
const PACKAGES = ['@core', 'kernel-modules', 'kernel'];
const MORE = ['bash-completion', 'dhcp-client', 'tar', 'zstd'];

export const rpm: Row = {
  name: 'rpm',
  brief: 'cold build of an RPM image against bare dnf; a second image; rebuild',
  async run(bench) {
    const distribution = await rpmDistribution();
    const repository = distribution.release9;
    const steps = [{ kernel: { package: 'kernel' } }];
    const recipe = async (name: string, more: unknown[] = []) => {
      const file = join(bench.directory, `${name}.yml`);
      await writeFile(
        file,
        rpmRecipe(distribution, repository, {
          name,
          source: { type: 'standard' },
          steps: [...steps, ...more],
        }),
      );
      return file;
    };
    const first = await recipe('rpm-standard');
    const second = await recipe('rpm-more', [{ packages: MORE }]);
    const level = ConfigSchema.parse({}).build.compression;
    const wanted: WantedRpms = { repository, key: distribution.key, packages: PACKAGES, level };

    const seconds2: number[] = [];
    const unchanged: number[] = [];
    const results = await alternate(
      [
        {
          name: 'slipway',
          run: async (round) => await ours(bench, round, first, second, seconds2, unchanged),
        },
        { name: 'bare', run: async (round) => await theirs(bench, round, wanted) },
      ],
      bench.rounds,
      (name, round, made) =>
        bench.say(`rpm ${name} ${round + 1}: ${seconds(made.seconds)}, ${mib(made.bytes)}`),
    );
    const of = (name: string) => results.get(name) ?? [];
    const times = (name: string) => series(of(name).map((made) => made.seconds));
    const cold = times('slipway');
    const size = (name: string) => mib(of(name).at(-1)?.bytes ?? 0);
    const figure = (name: string, against: string, most: number, values: number[], base: typeof cold, notes: string[]): Figure => ({
      bench: name, against, goal: { most }, unit: 'ratio',
      result: { ...ratio(series(values), base), ours: series(values), theirs: base, of: 'seconds' }, notes,
    }); // prettier-ignore
    return [
      figure('cold build of an RPM image', 'dnf --installroot + dracut + mksquashfs', 1.05, [...cold], times('bare'), [
        `The tests’ own signed distribution from a directory; packages ${PACKAGES.join(', ')} and what they need; signatures checked, no documentation, no weak dependencies.`,
        `Bare commands: one dnf for all packages, dracut --no-hostonly in the tree, mksquashfs with zstd level ${level}, one after the other.`,
        `Root, kernel and initramfs together: ours ${size('slipway')}, theirs ${size('bare')}.`,
      ]),
      figure('second RPM image', 'the first', 0.3, seconds2, cold, [
        `Source and kernel of the first, and a step with ${MORE.join(', ')}.`,
      ]),
      figure('rebuild of an RPM image, nothing changed', 'cold build', 0.02, unchanged, cold, []),
    ]; // prettier-ignore
  },
};

async function ours(
  bench: Bench,
  round: number,
  first: string,
  second: string,
  seconds2: number[],
  unchanged: number[],
) {
  const root = await freshRoot(bench, `rpm-slipway-${round}`, {});
  const cold = await slipwayBuild(bench, root, first);
  if (cold.built.cached) throw new Error('a cold build was not cold');
  for (let i = 0; i < (bench.quick ? 1 : 3); i++) {
    const again = await slipwayBuild(bench, root, first);
    if (!again.built.cached) throw new Error('a build with nothing changed was not cached');
    unchanged.push(again.seconds);
  }
  const other = await slipwayBuild(bench, root, second);
  seconds2.push(other.seconds);
  bench.say(`rpm second image: ${seconds(other.seconds)}; unchanged: ${unchanged.map(seconds).join(', ')}`);
  await rm(root, { recursive: true });
  return { seconds: cold.seconds, bytes: cold.built.bytes };
}

async function theirs(bench: Bench, round: number, wanted: WantedRpms) {
  const directory = join(bench.directory, `rpm-bare-${round}`);
  const made = await bareRpm(bench, wanted, directory);
  await rm(directory, { recursive: true });
  return made;
}
