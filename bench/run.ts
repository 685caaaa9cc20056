/**
 * `make bench`: runs the rows, prints the table, writes JSON and docs/benchmarks.md.
 * Needs root, as building does. Everything is kept in one work directory and one
 * private namespace, which go away with this process; a killed run's directory is
 * removed by the next command of this SLIPWAY_ROOT.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { styleFor } from '../src/cli/render/style.ts';
import { errorText } from '../src/cli/render/error.ts';
import { writeDurably } from '../src/system/durable.ts';
import { SlipwayError } from '../src/system/errors.ts';
import { Namespace } from '../src/system/namespace.ts';
import { pathsUnder } from '../src/system/paths.ts';
import { killChildren } from '../src/system/process.ts';
import { reconcileWork, workDirectory } from '../src/system/workdir.ts';
import { machine } from './report/machine.ts';
import { markdown } from './report/markdown.ts';
import { tableText } from './report/table.ts';
import { CHECKOUT, EXAMPLE } from './rivals/slipway.ts';
import { reached, type Bench, type Figure } from './row.ts';
import { ROWS } from './rows/index.ts';

const USAGE = `Usage: bench/run.ts [ROW…] [--quick] [--rounds N] [--recipe FILE] [--json FILE|-] [--docs FILE]

Rows (default: all):
${ROWS.map(({ name, brief }) => `  ${name.padEnd(9)}${brief}`).join('\n')}

  --quick        once and small: shows that the bench works, the figures mean nothing
  --rounds N     runs of each contender in builds and boots (default: 2)
  --recipe FILE  build and boot this one; it needs a debian source (default: examples/debian-minimal.yml)
  --json FILE    the figures with all values; - is standard output
  --docs FILE    write the documentation (all rows must run)
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '2' },
      recipe: { type: 'string', default: EXAMPLE },
      json: { type: 'string' },
      docs: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rounds = values.quick ? 1 : Number(values.rounds);
  const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
  if (
    unknown.length > 0 ||
    !Number.isInteger(rounds) ||
    rounds < 1 ||
    (values.docs && (positionals.length > 0 || values.quick))
  ) {
    process.stderr.write(USAGE);
    return 2;
  }

  const control = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (control.signal.aborted) killChildren();
      control.abort();
    });
  const where = await machine();
  const began = performance.now();
  const rows = ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const figures: Figure[] = [];
  {
    await using stack = new AsyncDisposableStack();
    const bench = await open(stack, {
      rounds,
      quick: values.quick,
      recipe: resolve(values.recipe),
      signal: control.signal,
    });
    for (const row of rows) {
      bench.say(`${row.name}: ${row.brief}`);
      figures.push(...(await row.run(bench)));
    }
  }
  const seconds = (performance.now() - began) / 1000;
  const result = {
    machine: where,
    quick: values.quick,
    rounds,
    seconds,
    figures: figures.map((f) => ({ ...f, reached: reached(f) ?? null })),
  };
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (values.json === '-') process.stdout.write(json);
  else
    process.stdout.write(
      `\n${tableText(figures, styleFor({ isTTY: process.stdout.isTTY, env: process.env }))}`,
    );
  if (values.json !== undefined && values.json !== '-') await writeDurably(values.json, json);
  if (values.docs)
    await writeDurably(
      values.docs,
      markdown(figures, where, rounds === 2 ? 'make bench' : `node bench/run.ts --rounds ${rounds}`, seconds),
    );
  return 0;
}

/** The place where everything happens; `stack` takes it away again. */
async function open(
  stack: AsyncDisposableStack,
  options: Pick<Bench, 'rounds' | 'quick' | 'recipe' | 'signal'>,
): Promise<Bench> {
  const paths = pathsUnder(process.env['SLIPWAY_ROOT'] || join(CHECKOUT, '.slipway'));
  await reconcileWork(paths);
  const { path: directory } = stack.use(await workDirectory(paths, 'bench'));
  const namespace = stack.use(await Namespace.open());
  const kept = new Map<string, Promise<unknown>>();
  return {
    directory, cache: join(paths.cache, 'bench'), namespace, stack, ...options,
    shared: async <T>(name: string, make: () => Promise<T>) => {
      const known = kept.get(name) ?? make();
      kept.set(name, known);
      return (await known) as T;
    },
    say: (line) => void process.stderr.write(`${line}\n`),
  }; // prettier-ignore
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof SlipwayError)
    process.stderr.write(errorText(error, styleFor({ isTTY: process.stderr.isTTY, env: process.env }), 100));
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
