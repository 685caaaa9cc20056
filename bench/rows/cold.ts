/** Cold builds of the smallest example: by us, by bare commands, by debootstrap as RackHD calls it, by mkosi. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../src/system/errors.ts';
import type { Contender } from '../measure/alternate.ts';
import { alternate } from '../measure/alternate.ts';
import { ratio, series, type Series } from '../measure/series.ts';
import { archive } from '../mirror/archive.ts';
import { bare } from '../rivals/bare.ts';
import type { Made } from '../rivals/by-hand.ts';
import { debootstrap } from '../rivals/debootstrap.ts';
import { mkosi } from '../rivals/mkosi.ts';
import { freshRoot, slipwayBuild } from '../rivals/slipway.ts';
import { wantedBy } from '../rivals/wanted.ts';
import { mib, seconds } from '../report/numbers.ts';
import type { Bench, Figure, Row } from '../row.ts';

export interface Cold {
  /** SLIPWAY_ROOT with the image and all its layers. */
  root: string;
  name: string;
  /** Of all cold builds of this run. */
  seconds: Series;
}

export interface BareTree {
  /** With dracut in it. */
  tree: string;
}

const NOTES = [
  'Everybody starts with nothing and downloads all from the same mirror on loopback, which has it on disk; no contender keeps a cache.',
];

export const cold: Row = {
  name: 'cold',
  brief: 'cold build against bare commands, debootstrap and mkosi',
  async run(bench) {
    const wanted = await wantedBy(bench.recipe);
    const image = wanted.name;
    const only: string[] = [];
    let why = 'left out';
    const contenders: Contender<Made>[] = [
      { name: 'slipway', run: async (round) => await slipwayOnce(bench, round) },
      { name: 'bare', run: async (round) => await bareOnce(bench, round) },
      { name: 'debootstrap', rounds: 1, run: async () => await other(bench, 'debootstrap', debootstrap) },
      {
        name: 'mkosi',
        rounds: 1,
        run: async () =>
          await other(bench, 'mkosi', mkosi).catch((error: unknown) => {
            if (!(error instanceof SlipwayError) || bench.signal.aborted) throw error;
            why = `${error.message}: ${error.output?.split('\n').at(-1) ?? ''}`;
            only.push('mkosi');
            return { seconds: Number.NaN, bytes: 0 };
          }),
      },
    ];
    const used = bench.quick ? contenders.slice(0, 2) : contenders;
    const results = await alternate(used, bench.rounds, (name, round, made) =>
      bench.say(`cold ${name} ${round + 1}: ${seconds(made.seconds)}, ${mib(made.bytes)}`),
    );
    const of = (name: string) => results.get(name) ?? [];
    const times = (name: string) => series(of(name).map((made) => made.seconds));
    const ours = times('slipway');
    await bench.shared('cold', () =>
      Promise.resolve({ root: join(bench.directory, 'slipway'), name: image, seconds: ours }),
    );
    await bench.shared('bare', () => Promise.resolve({ tree: join(bench.directory, 'bare/tree') }));

    const size = (name: string) => mib(of(name).at(-1)?.bytes ?? 0);
    const figure = (name: string, against: string, most: number, notes: string[]): Figure => {
      const measured = used.some((one) => one.name === name) && !only.includes(name);
      return {
        bench: `cold build of ${image}`,
        against,
        goal: { most },
        unit: 'ratio',
        result: measured
          ? { ...ratio(ours, times(name)), ours, theirs: times(name), of: 'seconds' }
          : { notMeasured: why },
        notes: measured
          ? [...notes, `Root, kernel and initramfs together: ours ${size('slipway')}, theirs ${size(name)}.`]
          : notes,
      };
    };
    const zstd = `mksquashfs with zstd level ${wanted.level}`;
    return [
      figure('bare', 'bare commands', 1.05, [
        ...NOTES,
        `Bare commands: mmdebstrap with all packages, the kernel and dracut in one go; dracut --no-hostonly in the tree; ${zstd}; one after the other.`,
      ]),
      figure('debootstrap', 'debootstrap + mksquashfs', 0.5, [
        'debootstrap (minbase, all packages), mkinitramfs, mksquashfs with its default gzip. One tree; RackHD bootstraps a second one for its initrd.',
      ]),
      figure('mkosi', 'mkosi', 1, [
        `The distribution’s mkosi with format “directory” and the same packages; then dracut --no-hostonly in the tree and ${zstd}.`,
      ]),
    ];
  },
};

/** The image of the cold builds; one is made where that row did not run. */
export async function coldImage(bench: Bench): Promise<Cold> {
  return await bench.shared('cold', async () => {
    const { name } = await wantedBy(bench.recipe);
    const made = await slipwayOnce(bench, 0);
    bench.say(`cold slipway: ${seconds(made.seconds)}`);
    return { root: join(bench.directory, 'slipway'), name, seconds: series([made.seconds]) };
  });
}

/** The tree that bare commands made. */
export async function bareTree(bench: Bench): Promise<BareTree> {
  return await bench.shared('bare', async () => {
    await bareOnce(bench, 0);
    return { tree: join(bench.directory, 'bare/tree') };
  });
}

async function slipwayOnce(bench: Bench, round: number): Promise<Made> {
  const mirror = await archive(bench);
  return await withoutNetwork(bench, async () => {
    const root = await freshRoot(bench, `slipway-${round}`, { debian: { mirror: mirror.url } });
    const { seconds, built } = await slipwayBuild(bench, root, bench.recipe);
    if (built.cached) throw new Error('a cold build was not cold');
    await keep(bench, root, 'slipway');
    return { seconds, bytes: built.bytes };
  });
}

async function bareOnce(bench: Bench, round: number): Promise<Made> {
  const mirror = await archive(bench);
  const wanted = await wantedBy(bench.recipe);
  return await withoutNetwork(bench, async () => {
    const directory = join(bench.directory, `bare-${round}`);
    const made = await bare(bench, wanted, mirror.url, directory);
    await keep(bench, directory, 'bare');
    return made;
  });
}

async function other(bench: Bench, name: string, make: typeof debootstrap): Promise<Made> {
  const mirror = await archive(bench);
  const wanted = await wantedBy(bench.recipe);
  const directory = join(bench.directory, name);
  return await withoutNetwork(bench, async () => {
    try {
      return await make(bench, wanted, mirror.url, directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

/** Who had to wait for a file that the mirror did not have yet gets a second try. */
async function withoutNetwork(bench: Bench, work: () => Promise<Made>): Promise<Made> {
  const mirror = await archive(bench);
  const before = mirror.fetched;
  const made = await work();
  if (mirror.fetched === before) return made;
  bench.say(`  (${mirror.fetched - before} files came over the network: once more)`);
  return await work();
}

/** Only the last one is kept, under a name that others know. */
async function keep(bench: Bench, directory: string, name: string): Promise<void> {
  const kept = join(bench.directory, name);
  await rm(kept, { recursive: true, force: true });
  await rename(directory, kept);
}
