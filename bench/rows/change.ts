/** One change of an image by hand: mounted, changed, unmounted; against packing all of it again. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BOOT_FILES, packCommand } from '../../src/build/pack-command.ts';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { timed } from '../measure/timed.ts';
import { mib, seconds } from '../report/numbers.ts';
import { PROGRAM } from '../rivals/slipway.ts';
import type { Bench, Figure, Row } from '../row.ts';
import { coldImage, type Cold } from './cold.ts';

export const change: Row = {
  name: 'change',
  brief: 'an image mounted, one file changed, unmounted, against packing all of it again',
  async run(bench) {
    const cold = await coldImage(bench);
    const slipway = async (...words: string[]) =>
      await timed(bench.namespace.command([PROGRAM, 'image', ...words, '--json']), {
        env: { SLIPWAY_ROOT: cold.root },
        signal: bench.signal,
      });
    const path = async () => {
      const mounted = await slipway('mount', cold.name);
      const { path: tree } = JSON.parse(mounted.stdout.trimEnd().split('\n').at(-1) ?? '') as {
        path: string;
      };
      return { tree, seconds: mounted.seconds };
    };
    const ours = async (round: number) => {
      const mounted = await path();
      const file = `/proc/${bench.namespace.pid}/root${mounted.tree}/etc/motd`;
      await writeFile(file, `Round ${round}, ${performance.now()}\n`);
      const { seconds: rest, stdout } = await slipway('umount', cold.name);
      if (!stdout.includes('"changed":true')) throw new Error('a change made no generation');
      return mounted.seconds + rest;
    };
    // The first one reads once what is in the initramfs; all after it know.
    await ours(-1);
    const tree = await copyOfTree(bench, (await path()).tree);
    await slipway('umount', cold.name, '--discard');
    const packed = join(bench.directory, 'repacked');
    const repack = async () => {
      await rm(packed, { force: true });
      const form = { format: 'squashfs', level: 9, exclude: [...BOOT_FILES] } as const;
      const argv = packCommand(tree, packed, { ...form, exclude: [...form.exclude] }, 1);
      return (await timed(argv, { signal: bench.signal, env: { SOURCE_DATE_EPOCH: '1' } })).seconds;
    };
    const rounds = bench.quick ? 1 : Math.max(3, bench.rounds);
    const times = await alternate([{ name: 'ours', run: ours }, { name: 'repack', run: repack }], rounds); // prettier-ignore
    const of = (name: string) => series(times.get(name) ?? []);
    const [mine, theirs] = [of('ours'), of('repack')];
    bench.say(`change: ${mine.map(seconds).join(', ')}; repack: ${theirs.map(seconds).join(', ')}`);
    return [figure(cold, mine, theirs, await sizeOf(bench, tree))];
  },
};

function figure(cold: Cold, ours: ReturnType<typeof series>, theirs: typeof ours, bytes: number): Figure {
  return {
    bench: `one change of ${cold.name} by hand`,
    against: 'a full repack',
    goal: { most: 0.2 },
    unit: 'ratio',
    result: { ...ratio(ours, theirs), ours, theirs, of: 'seconds' },
    notes: [
      `image mount, one file written, image umount with a new generation, two commands; mksquashfs of the whole tree of ${mib(bytes)} with the same settings. Ours takes the same time for a larger tree.`,
    ],
  };
}

/** What is in the tree, without what is mounted in it. */
async function copyOfTree(bench: Bench, tree: string): Promise<string> {
  const copy = join(bench.directory, 'change-tree');
  await mkdir(copy);
  await bench.namespace.run(['cp', '--archive', '--one-file-system', `${tree}/.`, copy]);
  return copy;
}

async function sizeOf(bench: Bench, tree: string): Promise<number> {
  const { stdout } = await bench.namespace.run(['du', '--summarize', '--block-size=1', tree]);
  return Number(stdout.split('\t')[0]);
}
