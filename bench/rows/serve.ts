/** Serving a blob: our server against nginx with sendfile, the same file, the same loader (wrk). */
import { join } from 'node:path';
import { Namespace } from '../../src/system/namespace.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { alternate } from '../measure/alternate.ts';
import { peaks, resetPeaks } from '../measure/process-tree.ts';
import { median, ratio, series } from '../measure/series.ts';
import { mib, rate } from '../report/numbers.ts';
import { noiseImage } from '../rivals/noise.ts';
import { SERVED, startNginx, startSlipway, type Server } from '../rivals/servers.ts';
import { freshRoot } from '../rivals/slipway.ts';
import type { Bench, Figure, Row } from '../row.ts';

const CLIENTS = [1, 16, 256, 1000] as const;
/** With more clients nginx, as Debian configures it, has no connections left: ours are for memory only. */
const COMPARED = 256;
export const serve: Row = {
  name: 'serve',
  brief: 'blob serving to 1, 16 and 256 clients against nginx; memory of the server',
  async run(bench) {
    // All clients have one address here, which may have a quarter of the places otherwise.
    const root = await freshRoot(bench, 'serve', {
      serve: { ...SERVED, downloads: 2000, downloads_per_address: 2000 },
      dhcp: { mode: 'off' },
    });
    const { digest, size } = await noiseImage(pathsUnder(root), (bench.quick ? 8 : 64) << 20);
    await using network = await Namespace.open({ network: true });
    await network.run(['ip', 'link', 'set', 'lo', 'up']);
    const path = `/blobs/sha256/${digest.slice('sha256:'.length)}`;
    const slipway = await startSlipway(bench, network, root, { path });
    const nginx = await startNginx(bench, network, pathsUnder(root).catalog, path);

    const figures: Figure[] = [];
    const held: number[] = [];
    for (const clients of CLIENTS) {
      await resetPeaks(slipway.pids);
      const load = (server: Server) => ({
        name: server.name,
        run: async () => await throughput(bench, network, server.url, clients),
      });
      if (clients > COMPARED) {
        const got = await load(slipway).run();
        held.push(await peaks(slipway.pids));
        bench.say(
          `serve, clients ${clients}: ours ${rate(got)}. Peak memory: ours ${mib(held.at(-1) ?? 0)}.`,
        );
        continue;
      }
      const results = await alternate([load(slipway), load(nginx)], bench.quick ? 1 : 5);
      const ours = series(results.get(slipway.name) ?? []);
      const theirs = series(results.get(nginx.name) ?? []);
      held.push(await peaks(slipway.pids));
      const memory = `Peak memory: ours ${mib(held.at(-1) ?? 0)}, nginx ${mib(await peaks(nginx.pids))}.`;
      bench.say(
        `serve, clients ${clients}: ours ${rate(median(ours))}, nginx ${rate(median(theirs))}. ${memory}`,
      );
      figures.push({
        bench: `serving a blob, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
        against: 'nginx',
        goal: { least: 0.9 },
        unit: 'ratio',
        result: { ...ratio(ours, theirs), ours, theirs, of: 'bytes/s' },
        notes: [`A file of ${mib(size)} over loopback, read by wrk on the same processors. ${memory}`],
      });
    }
    const [, few = 1, ...many] = held;
    return [
      ...figures,
      ...many.map((most, index): Figure => ({
        bench: `memory of the server, ${CLIENTS[index + 2]} clients`,
        against: 'with 16 clients',
        goal: { most: 1.2 },
        unit: 'ratio',
        result: { ...ratio([most], [few]), ours: [most], theirs: [few], of: 'bytes' },
        notes: ['Peaks of the whole process. The design says “flat”; we take a fifth more for that.'],
      })),
    ];
  },
};

/** Bytes per second that `clients` connections get together. */
async function throughput(bench: Bench, network: Namespace, url: string, clients: number): Promise<number> {
  const argv = [
    'wrk', '--connections', String(clients), '--threads', String(Math.min(clients, 2)), '--duration', bench.quick ? '1s' : '2s',
    '--timeout', '60s', '--script', join(import.meta.dirname, 'serve.lua'), url,
  ]; // prettier-ignore
  const { stdout } = await network.run(argv, { signal: bench.signal });
  return countedRate(stdout);
}

/** Reads what `serve.lua` printed. */
export function countedRate(output: string): number {
  const [, bytes, microseconds, errors] = /^counted (\d+) (\d+) (\d+)$/m.exec(output) ?? [];
  if (bytes === undefined || Number(microseconds) === 0) throw new Error(`wrk counted nothing:\n${output}`);
  if (errors !== '0') throw new Error(`wrk saw ${errors} errors:\n${output}`);
  return Number(bytes) / (Number(microseconds) / 1e6);
}
