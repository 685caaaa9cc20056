/** The servers that are compared, each as a process of its own in the network of the bench. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDurably } from '../../src/system/durable.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { processTree } from '../measure/process-tree.ts';
import type { Bench } from '../row.ts';
import { nginxConfig } from './nginx.ts';
import { PROGRAM } from './slipway.ts';

const PORTS = { slipway: 8080, nginx: 8081 };

/** What the configuration must say of `serve`, at least. */
export const SERVED = { address: '127.0.0.1', port: PORTS.slipway, syslog: 0, tls: { enabled: false } };

export interface Server {
  name: string;
  url: string;
  pids: number[];
}

/** `slipway serve` for `root`, whose configuration has {@link SERVED}; ready when it answers for `path`. */
export async function startSlipway(
  bench: Bench,
  network: Namespace,
  root: string,
  { path }: { path: string },
): Promise<Server> {
  const child = network.start([PROGRAM, 'serve', '--json'], {
    env: { SLIPWAY_ROOT: root },
    signal: bench.signal,
  });
  const url = `http://127.0.0.1:${PORTS.slipway}${path}`;
  await answering(network, url, child.done);
  return { name: 'slipway', url, pids: await processTree(child.pid) };
}

/** nginx for a directory. */
export async function startNginx(
  bench: Bench,
  network: Namespace,
  files: string,
  path: string,
): Promise<Server> {
  const directory = await mkdtemp(join(bench.directory, 'nginx-'));
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
    const probe = network.run(
      ['curl', '--silent', '--fail', '--range', '0-0', '--output', '/dev/null', url],
      {
        okCodes: [0, 7],
      },
    );
    const { code } = await Promise.race([probe, died]);
    if (code === 0) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}
