/** Trees of 1,000 nodes moved to a newer image, against a copy of its tree for each. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { timed } from '../measure/timed.ts';
import { slipway, withTrees } from '../measure/trees.ts';
import { seconds } from '../report/numbers.ts';
import type { Bench, Figure, Row } from '../row.ts';
import { coldImage, type Cold } from './cold.ts';

/** Copies that are made in each round; the others take as long. */
const COPIES = 3;
/** Of each node: about what a boot writes. */
const FILES = 20;

export const refresh: Row = {
  name: 'refresh',
  brief: 'trees of 1,000 nodes moved to a newer image, against cp -a each',
  async run(bench) {
    const cold = await coldImage(bench);
    return await withTrees(bench, cold, async () => await measure(bench, cold, bench.quick ? 20 : 1000));
  },
};

const last = (stdout: string) =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
    nodes: unknown[];
    generation: number;
    path: string;
  };

async function measure(bench: Bench, cold: Cold, count: number): Promise<Figure[]> {
  const nodes = `r[0001-${String(count).padStart(4, '0')}]`;
  const { name } = cold;
  await slipway(bench, cold, 'node', 'add', nodes);
  const [old, next] = [await newest(bench, cold), await changed(bench, cold)];
  for (const one of [next, old]) await slipway(bench, cold, 'publish', `${name}:${one}`, '--mode', 'nfs');
  await slipway(bench, cold, 'nfs', 'add', '-n', nodes, '-i', `${name}:${old}`);
  let at = old;
  const move = async (...words: string[]) => {
    at = at === old ? next : old;
    const made = await slipway(bench, cold, 'nfs', 'refresh', '-n', nodes, '-i', `${name}:${at}`, ...words);
    if (last(made.stdout).nodes.length !== count) throw new Error('nodes are missing');
    return made.seconds;
  };
  const copies = async () => {
    const golden = await pathOfTree(bench, cold);
    let time = 0;
    for (let i = 0; i < COPIES; i++) {
      const to = join(bench.directory, `refreshed-${i}`);
      time += (await timed(['cp', '-a', golden, to], { signal: bench.signal })).seconds;
      await rm(to, { recursive: true });
    }
    return (time / COPIES) * count;
  };
  const rounds = bench.quick ? 1 : Math.max(3, bench.rounds);
  const say = (of: string, _: number, cost: number) => bench.say(`refresh, ${of}: ${seconds(cost)}`);
  const plain = await alternate([{ name: 'untouched', run: () => move() }, { name: 'copies', run: copies }], rounds, say); // prettier-ignore
  await write(bench, cold);
  const kept = await alternate([{ name: 'kept', run: () => move() }], rounds, say);
  const dropped = await alternate([{ name: 'dropped', run: () => move('--drop') }], 1, say);
  const theirs = series(plain.get('copies') ?? []);
  const figure = (
    what: string,
    values: readonly number[] | undefined,
    most: number,
    note: string,
  ): Figure => {
    const ours = series([...(values ?? [])]);
    return {
      bench: `refresh of ${count.toLocaleString('en')} nodes, ${what}`,
      against: 'cp -a each',
      goal: { most },
      unit: 'ratio',
      result: { ...ratio(ours, theirs), ours, theirs, of: 'seconds' },
      notes: [note],
    };
  };
  const whole = `slipway nfs refresh, the whole command: flushed to the disk, mounted; both shared trees are there. cp -a does not flush and keeps no changes; ${COPIES} copies a round, times ${count / COPIES}.`;
  return [
    figure('nothing changed by them', plain.get('untouched'), 0.01, whole),
    figure(`${FILES} files changed by each, kept`, kept.get('kept'), 0.1, 'Looked at for conflicts, too.'),
    figure(`${FILES} files changed by each, dropped`, dropped.get('dropped'), 0.01, 'One round.'),
  ];
}

async function newest(bench: Bench, cold: Cold): Promise<number> {
  const { stdout } = await slipway(bench, cold, 'image', 'show', cold.name);
  return last(stdout).generation;
}

/** A generation with another file. */
async function changed(bench: Bench, cold: Cold): Promise<number> {
  const mounted = last((await slipway(bench, cold, 'image', 'mount', cold.name)).stdout);
  const motd = join(mounted.path, 'etc/motd');
  await bench.namespace.run(['sh', '-c', 'echo refreshed > "$0"', motd]);
  await slipway(bench, cold, 'image', 'umount', cold.name);
  return await newest(bench, cold);
}

async function pathOfTree(bench: Bench, { root }: Cold): Promise<string> {
  const trees = join(root, 'var/lib/slipway/nfs/trees');
  const { stdout } = await bench.namespace.run(['find', trees, '-maxdepth', '2', '-name', 'root', '-print', '-quit']); // prettier-ignore
  return stdout.trim();
}

/** What nodes change themselves. */
async function write(bench: Bench, { root, name }: Cold): Promise<void> {
  const script = `cd "$0"; for node in r*; do mkdir -p $node/var/log/site; for i in $(seq ${FILES}); do echo $node > $node/var/log/site/$i; done; done`;
  await bench.namespace.run(['sh', '-ec', script, join(root, 'srv/slipway/nodes', name)]);
}
