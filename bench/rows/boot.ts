/** From power-on to ready in a virtual machine, mode ram, against a local disk; and the memory that the root holds then. */
import { Catalog } from '../../src/image/catalog.ts';
import type { SlipwayEvent, Tested } from '../../src/system/events.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { mib, seconds } from '../report/numbers.ts';
import { bootLocalDisk } from '../rivals/disk-machine.ts';
import { makeLocalDisk } from '../rivals/local-disk.ts';
import { PROGRAM } from '../rivals/slipway.ts';
import type { Bench, Figure, Row } from '../row.ts';
import { bareTree, coldImage } from './cold.ts';

/** MiB of both machines. */
const MEMORY = 1024;
/** Prints, in the node, the bytes that the root holds: layer files and what was written. */
const HELD =
  'df --block-size=1 --output=used /run/slipway/store /run/slipway/rw | tail -n +2 | xargs echo held';

export const boot: Row = {
  name: 'boot',
  brief: 'power-on to ready against a local disk; memory that the root holds',
  async run(bench) {
    const { root, name } = await coldImage(bench);
    const image = await (await Catalog.open(pathsUnder(root))).resolve(name);
    const { tree } = await bareTree(bench);
    const local = await makeLocalDisk(bench, image, root, tree);
    const disk = (loader: 'grub' | 'none') => ({
      name: `disk, loader ${loader}`,
      run: async () => {
        const { seconds, failed } = await bootLocalDisk(bench, local, root, MEMORY, loader);
        if (failed.length > 0) throw new Error(`on the local disk failed: ${failed.join(', ')}`);
        return seconds;
      },
    });
    const results = await alternate(
      [
        {
          name: 'ram',
          run: async () => secondsOf(await testImage(bench, root, name, [])),
        },
        disk('grub'),
        disk('none'),
      ],
      bench.rounds,
      (contender, round, time) =>
        bench.say(`boot from ${contender} ${round + 1}: ready after ${seconds(time)}`),
    );
    const ours = series(results.get('ram') ?? []);
    const layers = image.layers.reduce((sum, layer) => sum + layer.size, 0);
    const memory = series([heldOf(await testImage(bench, root, name, ['--check', HELD]))]);
    const against = (loader: 'grub' | 'none', name: string, notes: string[]): Figure => {
      const theirs = series(results.get(`disk, loader ${loader}`) ?? []);
      return {
        bench: 'power-on to ready, mode ram',
        against: name,
        goal: { most: 1.3 },
        unit: 'ratio',
        result: { ...ratio(ours, theirs), ours, theirs, of: 'seconds' },
        notes,
      };
    };
    const figures: Figure[] = [
      against('grub', 'local disk', [
        `QEMU with 2 processors and ${MEMORY} MiB. Ours: SeaBIOS, iPXE, DHCP, all files over HTTP, every layer verified. The local disk: SeaBIOS, GRUB without menu, the same kernel, an initramfs by stock dracut --no-hostonly, the same tree as ext4 on virtio-blk (cache=unsafe) with what an installation leaves behind.`,
        'Both are ready when multi-user.target is reached and no job is left.',
      ]),
      against('none', 'local disk without boot loader', [
        'The same disk, kernel and initramfs handed over by QEMU: no machine boots like this; it shows what firmware, DHCP and iPXE cost.',
      ]),
      {
        bench: 'memory held by the root at ready',
        against: `layers, ${mib(layers)}`,
        goal: { most: 1.1 },
        unit: 'ratio',
        result: { ...ratio(memory, [layers]), ours: memory, theirs: [layers], of: 'bytes' },
        notes: ['Layer files and the written part of the overlay, both tmpfs, as df in the node sees them.'],
      },
    ];
    return figures;
  },
};

/** One boot test; the whole verdict counts. A check takes time of its own, so there is none where time is measured. */
export async function testImage(
  bench: Bench,
  root: string,
  name: string,
  words: readonly string[],
): Promise<SlipwayEvent[]> {
  const argv = [PROGRAM, 'image', 'test', name, '--memory', `${MEMORY}M`, '--json', ...words];
  const { stdout } = await bench.namespace.run(argv, {
    env: { SLIPWAY_ROOT: root },
    signal: bench.signal,
    okCodes: [0, 1],
  });
  return passed(stdout);
}

/** Reads the event lines of `slipway image test --json`; throws unless the image booted. */
export function passed(output: string): SlipwayEvent[] {
  const events = output.trimEnd().split('\n').map((line) => JSON.parse(line) as SlipwayEvent); // prettier-ignore
  const tested = events.at(-1) as Tested;
  if (tested.event !== 'tested' || tested.result !== 'pass')
    throw new Error(`the image did not boot: ${tested.reason ?? output}`);
  return events;
}

/** From power-on to the report that the node is ready. */
export function secondsOf(events: readonly SlipwayEvent[]): number {
  const { stages } = events.at(-1) as Tested;
  const ready = stages.findLast((stage) => stage.name === 'ready');
  if (!ready) throw new Error('the node did not say that it is ready');
  return ready.seconds;
}

/** Bytes that the check told. */
export function heldOf(events: readonly SlipwayEvent[]): number {
  const line = events.flatMap((e) => (e.event === 'output' ? (/held (\d+) (\d+)/.exec(e.line) ?? []) : []));
  if (line.length < 3) throw new Error('the node did not tell what its root holds');
  return Number(line[1]) + Number(line[2]);
}
