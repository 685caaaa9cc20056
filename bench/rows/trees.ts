/** Trees of 1,000 nodes from one image, against a copy of its tree for each. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { timed } from '../measure/timed.ts';
import { slipway, withTrees } from '../measure/trees.ts';
import { mib, seconds } from '../report/numbers.ts';
import type { Bench, Figure, Row } from '../row.ts';
import { coldImage, type Cold } from './cold.ts';

/** Copies that are made in each round; the others take as long. */
const COPIES = 3;

interface Cost {
  seconds: number;
  bytes: number;
}

export const trees: Row = {
  name: 'trees',
  brief: 'trees of 1,000 nodes from one image, against cp -a each',
  async run(bench) {
    const cold = await coldImage(bench);
    return await withTrees(bench, cold, async () => await measure(bench, cold, bench.quick ? 20 : 1000));
  },
};

async function measure(bench: Bench, cold: Cold, count: number): Promise<Figure[]> {
  const nodes = `n[0001-${String(count).padStart(4, '0')}]`;
  await slipway(bench, cold, 'node', 'add', nodes);
  const published = await slipway(bench, cold, 'publish', cold.name, '--mode', 'nfs');
  bench.say(`trees: the shared tree took ${seconds(published.seconds)}`);
  const store = join(cold.root, 'var/lib/slipway/nfs');
  const { stdout: found } = await bench.namespace.run(['find', join(store, 'trees'), '-maxdepth', '2', '-name', 'root']); // prettier-ignore
  const golden = found.trim();
  let kind = '';
  const ours = async (): Promise<Cost> => {
    const made = await slipway(bench, cold, 'nfs', 'add', '-n', nodes, '-i', cold.name);
    const last = JSON.parse(made.stdout.trimEnd().split('\n').at(-1) ?? '') as { kind: string; added: string[] }; // prettier-ignore
    if (last.added.length !== count) throw new Error('trees are missing');
    ({ kind } = last);
    const bytes = await sizeOf(bench, join(store, 'nodes'));
    await slipway(bench, cold, 'nfs', 'rm', '-n', nodes, '-i', cold.name);
    return { seconds: made.seconds, bytes };
  };
  const copies = async (): Promise<Cost> => {
    const to = (i: number) => join(bench.directory, `tree-${i}`);
    let [time, bytes] = [0, 0];
    for (let i = 0; i < COPIES; i++)
      time += (await timed(['cp', '-a', golden, to(i)], { signal: bench.signal })).seconds;
    for (let i = 0; i < COPIES; i++) {
      bytes += await sizeOf(bench, to(i));
      await rm(to(i), { recursive: true });
    }
    return { seconds: (time / COPIES) * count, bytes: (bytes / COPIES) * count };
  };
  const rounds = bench.quick ? 1 : Math.max(3, bench.rounds);
  const costs = await alternate([{ name: 'ours', run: ours }, { name: 'copies', run: copies }], rounds, (name, _, cost) => bench.say(`trees, ${name}: ${seconds(cost.seconds)}, ${mib(cost.bytes)}`)); // prettier-ignore
  const figure = (of: 'seconds' | 'bytes', notes: string[]): Figure => {
    const values = (name: string) => series((costs.get(name) ?? []).map((cost) => cost[of]));
    const [mine, theirs] = [values('ours'), values('copies')];
    return {
      bench: `trees of ${count.toLocaleString('en')} nodes, ${of === 'seconds' ? 'time' : 'bytes on disk'}`,
      against: 'cp -a each',
      goal: { most: 0.01 },
      unit: 'ratio',
      result: { ...ratio(mine, theirs), ours: mine, theirs, of },
      notes,
    };
  };
  return [
    figure('seconds', [
      `slipway nfs add, the whole command: trees of kind ${kind}, flushed to the disk, mounted where they are exported from; the shared tree is there. cp -a does not flush; ${COPIES} copies a round, times ${count / COPIES}.`,
    ]),
    figure('bytes', ['Before the nodes write anything; the shared tree is not counted on either side.']),
  ];
}

async function sizeOf(bench: Bench, tree: string): Promise<number> {
  const { stdout } = await bench.namespace.run(['du', '--summarize', '--block-size=1', tree]);
  return Number(stdout.split('\t')[0]);
}
