/** Boot scripts, each made for its node and with a session of its own, against a static file of that size. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/database.ts';
import { addNodes } from '../../src/node/registry.ts';
import { writeDurably } from '../../src/system/durable.ts';
import { Namespace } from '../../src/system/namespace.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { alternate } from '../measure/alternate.ts';
import { median, ratio, series } from '../measure/series.ts';
import { noiseImage } from '../rivals/noise.ts';
import { SERVED, startNginx, startSlipway, type Server } from '../rivals/servers.ts';
import { freshRoot } from '../rivals/slipway.ts';
import type { Bench, Row } from '../row.ts';

/** Connections that ask again as soon as they have an answer. */
const CLIENTS = 16;
/** Names and MAC addresses of so many: scripts.lua knows the latter. */
const SIZES = {
  quick: { count: 1000, names: 'n[100001-101000]', mac: '52:54:00:[00-f9]:00:[00-03]' },
  full: { count: 100_000, names: 'n[100001-200000]', mac: '52:54:[00-63]:[00-f9]:00:[00-03]' },
};

interface Took {
  /** Seconds. */
  median: number;
  p99: number;
  /** Requests per second. */
  rate: number;
}

export const scripts: Row = {
  name: 'scripts',
  brief: 'boot scripts with 100,000 nodes in the registry, against a static file of nginx',
  async run(bench) {
    const { count, names, mac } = bench.quick ? SIZES.quick : SIZES.full;
    const root = await freshRoot(bench, 'scripts', { serve: SERVED, dhcp: { mode: 'off' } });
    const paths = pathsUnder(root);
    await noiseImage(paths, 1 << 20);
    {
      await using database = await openDatabase(paths.database);
      await addNodes(database.db, names, { macs: [mac], image: 'noise' });
    }
    await using network = await Namespace.open({ network: true });
    await network.run(['ip', 'link', 'set', 'lo', 'up']);
    const slipway = await startSlipway(bench, network, root, { path: '/healthz' });
    const first = `${new URL(slipway.url).origin}/boot/node.ipxe?mac=52:54:00:00:00:00&arch=i386`;
    const { stdout: script } = await network.run(['curl', '--silent', '--fail', first]);
    if (!script.includes('kernel ')) throw new Error(`no script:\n${script}`);
    const files = join(bench.directory, 'script');
    await mkdir(files);
    await writeDurably(join(files, 'node.ipxe'), script);
    const nginx = await startNginx(bench, network, files, '/node.ipxe');

    const contender = (server: Server, nodes: number) => ({
      name: server.name,
      run: async () => await load(bench, network, server.url, nodes),
    });
    const results = await alternate([contender(slipway, count), contender(nginx, 0)], bench.quick ? 1 : 5);
    const of = (name: string, key: keyof Took) => series((results.get(name) ?? []).map((one) => one[key]));
    const [ours, theirs] = [of(slipway.name, 'p99'), of(nginx.name, 'p99')];
    return [
      {
        bench: `boot script, 99th percentile, ${count.toLocaleString('en')} nodes`,
        against: 'static file of nginx',
        goal: { most: 5 },
        unit: 'ratio',
        result: { ...ratio(ours, theirs), ours, theirs, of: 'seconds' },
        notes: [
          `${CLIENTS} connections that ask without a pause for the script of a node by chance; each opens a session, written to the database before the answer. Scripts a second: ${Math.round(median(of(slipway.name, 'rate')))}; static files: ${Math.round(median(of(nginx.name, 'rate')))}. Half of the scripts take less than ${(median(of(slipway.name, 'median')) * 1000).toFixed(1)} ms.`,
        ],
      },
    ];
  },
};

async function load(bench: Bench, network: Namespace, url: string, nodes: number): Promise<Took> {
  const argv = [
    'wrk', '--connections', String(CLIENTS), '--threads', '2', '--duration', bench.quick ? '1s' : '5s',
    '--timeout', '60s', '--script', join(import.meta.dirname, 'scripts.lua'), url, '--', String(nodes),
  ]; // prettier-ignore
  const { stdout } = await network.run(argv, { signal: bench.signal });
  return tookOf(stdout);
}

/** Reads what `scripts.lua` printed. */
export function tookOf(output: string): Took {
  const [, half, p99, requests, microseconds, errors] =
    /^took (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output) ?? [];
  if (Number(requests ?? 0) === 0) throw new Error(`wrk got nothing:\n${output}`);
  if (errors !== '0') throw new Error(`wrk saw ${errors} errors:\n${output}`);
  return {
    median: Number(half) / 1e6,
    p99: Number(p99) / 1e6,
    rate: Number(requests) / (Number(microseconds) / 1e6),
  };
}
