/** Builds of what was built before: nothing changed, and one file changed. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSeq, parseDocument } from 'yaml';
import { pathsUnder } from '../../src/system/paths.ts';
import { ratio, series } from '../measure/series.ts';
import { mib, seconds } from '../report/numbers.ts';
import { copyOfRecipe, slipwayBuild } from '../rivals/slipway.ts';
import type { Bench, Figure, Row } from '../row.ts';
import { coldImage, type Cold } from './cold.ts';

export const rebuild: Row = {
  name: 'rebuild',
  brief: 'rebuild with nothing changed, and with one file changed, against the cold build',
  async run(bench) {
    const cold = await coldImage(bench);
    const recipe = await copyOfRecipe(bench);
    const file = await addFile(recipe);
    await slipwayBuild(bench, cold.root, recipe); // All but the last step is there already.
    return [await unchanged(bench, cold, recipe), ...(await changed(bench, cold, recipe, file))];
  },
};

async function unchanged(bench: Bench, cold: Cold, recipe: string): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < (bench.quick ? 1 : 5); round++) {
    const { seconds: time, built } = await slipwayBuild(bench, cold.root, recipe);
    if (!built.cached) throw new Error('a build with nothing changed was not cached');
    times.push(time);
  }
  const ours = series(times);
  bench.say(`rebuild unchanged: ${times.map(seconds).join(', ')}`);
  return {
    bench: 'rebuild, nothing changed',
    against: 'cold build',
    goal: { most: 0.02 },
    unit: 'ratio',
    result: { ...ratio(ours, cold.seconds), ours, theirs: cold.seconds, of: 'seconds' },
    notes: ['The mirror is asked for news each time.'],
  };
}

async function changed(bench: Bench, cold: Cold, recipe: string, file: string): Promise<Figure[]> {
  const times: number[] = [];
  const added: number[] = [];
  let bytes = 0;
  for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
    await writeFile(file, `Version ${round} of a file.\n`);
    const before = await blobBytes(cold.root);
    const { seconds: time, built } = await slipwayBuild(bench, cold.root, recipe);
    if (built.cached) throw new Error('a build with a changed file was cached');
    times.push(time);
    added.push((await blobBytes(cold.root)) - before);
    bytes = built.bytes;
  }
  bench.say(`rebuild with one file changed: ${times.map(seconds).join(', ')}`);
  const [ours, fresh] = [series(times), series(added)];
  const bench_ = 'rebuild, one file changed';
  return [
    {
      bench: bench_,
      against: 'cold build',
      goal: { most: 0.05 },
      unit: 'ratio',
      result: { ...ratio(ours, cold.seconds), ours, theirs: cold.seconds, of: 'seconds' },
      notes: ['The example with one more step, which copies a file of some bytes.'],
    },
    {
      bench: bench_,
      against: `new bytes of ${mib(bytes)}`,
      goal: { most: 0.01 },
      unit: 'ratio',
      result: { ...ratio(fresh, [bytes]), ours: fresh, theirs: [bytes], of: 'bytes' },
      notes: ['What the catalog grew by: what other hosts and nodes have to fetch.'],
    },
  ];
}

/** Adds a last step that copies a file; returns the path of that. */
async function addFile(recipe: string): Promise<string> {
  const document = parseDocument(await readFile(recipe, 'utf8'));
  const step = document.createNode({ files: [{ copy: 'bench-file', to: '/etc/bench-file' }] });
  const steps = document.get('steps');
  if (isSeq(steps)) steps.add(step);
  else document.set('steps', [step]);
  await writeFile(recipe, document.toString());
  const file = join(dirname(recipe), 'bench-file');
  await writeFile(file, 'The first version of a file.\n');
  return file;
}

async function blobBytes(root: string): Promise<number> {
  const directory = join(pathsUnder(root).catalog, 'blobs/sha256');
  let sum = 0;
  for (const name of await readdir(directory)) sum += (await stat(join(directory, name))).size;
  return sum;
}
