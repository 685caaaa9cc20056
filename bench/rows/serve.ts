/** Serving a blob: our server against nginx with sendfile, the same file, the same loader (wrk). */
import { randomFillSync } from 'node:crypto';
import { open, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../../src/image/catalog.ts';
import type { Digest } from '../../src/image/types.ts';
import { writeDurably } from '../../src/system/durable.ts';
import { Namespace } from '../../src/system/namespace.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { alternate } from '../measure/alternate.ts';
import { peaks, processTree, resetPeaks } from '../measure/process-tree.ts';
import { median, ratio, series } from '../measure/series.ts';
import { mib, rate } from '../report/numbers.ts';
import { freshRoot, PROGRAM } from '../rivals/slipway.ts';
import { nginxConfig } from '../rivals/nginx.ts';
import type { Bench, Figure, Row } from '../row.ts';

const CLIENTS = [1, 16, 256] as const;
const PORTS = { slipway: 8080, nginx: 8081 };

interface Server {
  name: string;
  url: string;
  pids: number[];
}

export const serve: Row = {
  name: 'serve',
  brief: 'blob serving to 1, 16 and 256 clients against nginx; memory of the server',
  async run(bench) {
    const { root, digest, size } = await catalogWithNoise(bench, (bench.quick ? 8 : 64) << 20);
    await using network = await Namespace.open({ network: true });
    await network.run(['ip', 'link', 'set', 'lo', 'up']);
    const path = `/blobs/sha256/${digest.slice('sha256:'.length)}`;
    const slipway = await startSlipway(bench, network, root, path);
    const nginx = await startNginx(bench, network, pathsUnder(root).catalog, path);

    const figures: Figure[] = [];
    const held: number[] = [];
    for (const clients of CLIENTS) {
      await resetPeaks(slipway.pids);
      const load = (server: Server) => ({
        name: server.name,
        run: async () => await throughput(bench, network, server.url, clients),
      });
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
    const [one = 1, , many = 0] = held;
    return [
      ...figures,
      {
        bench: 'memory of the server, 256 clients',
        against: 'with 1 client',
        goal: { most: 2 },
        unit: 'ratio',
        result: { ...ratio([many], [one]), ours: [many], theirs: [one], of: 'bytes' },
        notes: [
          'The design says “flat”; we call it flat if 256 times the clients need at most twice the memory.',
        ],
      },
    ];
  },
};

/** An image whose only layer is noise. */
async function catalogWithNoise(
  bench: Bench,
  size: number,
): Promise<{ root: string; digest: Digest; size: number }> {
  const root = await freshRoot(bench, 'serve', {
    serve: { address: '127.0.0.1', port: PORTS.slipway },
    dhcp: { mode: 'off' },
  });
  const paths = pathsUnder(root);
  const catalog = await Catalog.open(paths);
  const file = join(paths.work, 'noise');
  await mkdir(dirname(file), { recursive: true });
  {
    await using handle = await open(file, 'wx');
    const chunk = Buffer.alloc(1 << 20);
    for (let at = 0; at < size; at += chunk.length) await handle.write(randomFillSync(chunk));
  }
  const layer = await catalog.adoptBlob(file);
  const [kernel, initramfs] = [await catalog.putBlob('no kernel'), await catalog.putBlob('no initramfs')];
  await catalog.publish({
    config: {
      name: 'noise', os: 'linux', architecture: 'amd64', date: '2026-01-01T00:00:00Z',
      layers: [{ ...layer, format: 'squashfs', title: 'noise', key: '', unpacked: size }],
      kernel: { version: '0', arguments: [], modules: [] }, packages: [], system: {},
    },
    kernel,
    initramfs,
  }); // prettier-ignore
  return { root, digest: layer.digest, size };
}

async function startSlipway(bench: Bench, network: Namespace, root: string, path: string): Promise<Server> {
  const child = network.start([PROGRAM, 'serve', '--json'], {
    env: { SLIPWAY_ROOT: root },
    signal: bench.signal,
  });
  const url = `http://127.0.0.1:${PORTS.slipway}${path}`;
  await answering(network, url, child.done);
  return { name: 'slipway', url, pids: await processTree(child.pid) };
}

async function startNginx(bench: Bench, network: Namespace, files: string, path: string): Promise<Server> {
  const directory = join(bench.directory, 'nginx');
  await mkdir(directory);
  const config = join(directory, 'nginx.conf');
  await writeDurably(config, nginxConfig({ directory, files, port: PORTS.nginx }));
  const child = network.start(['nginx', '-e', 'stderr', '-p', directory, '-c', config], {
    signal: bench.signal,
  });
  const url = `http://127.0.0.1:${PORTS.nginx}${path}`;
  await answering(network, url, child.done);
  return { name: 'nginx', url, pids: await processTree(child.pid) };
}

/** Waits until a server answers; fails when it ends instead. */
async function answering(network: Namespace, url: string, ended: Promise<unknown>): Promise<void> {
  const died = ended.then(() => Promise.reject(new Error(`the server of ${url} ended`)));
  died.catch(() => {});
  for (let tries = 0; tries < 300; tries++) {
    const probe = network.run(['curl', '--silent', '--fail', '--head', '--output', '/dev/null', url], {
      okCodes: [0, 7],
    });
    const { code } = await Promise.race([probe, died]);
    if (code === 0) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}

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
