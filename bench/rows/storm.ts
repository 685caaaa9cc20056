/** A site after a power cut: all nodes boot at once, connections break, and an image is rebuilt meanwhile. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../../src/image/catalog.ts';
import { openDatabase } from '../../src/db/database.ts';
import { addNodes } from '../../src/node/registry.ts';
import { Namespace } from '../../src/system/namespace.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import type { StormPlan, StormResult } from '../load/storm.ts';
import { peaks, resetPeaks } from '../measure/process-tree.ts';
import { mib, rate, seconds } from '../report/numbers.ts';
import { noiseImage, publishNoise } from '../rivals/noise.ts';
import { SERVED, startSlipway } from '../rivals/servers.ts';
import { freshRoot } from '../rivals/slipway.ts';
import type { Figure, Row } from '../row.ts';

const LOSS = 0.05;
/** Fewer than there are nodes, so that some have to wait. */
const DOWNLOADS = 250;
/** Pauses are this much shorter than nodes make them: it is the number of tries that counts. */
const HASTE = 5;

export const storm: Row = {
  name: 'storm',
  brief: '1,000 simulated nodes that boot at once, 5 % of the connections break',
  async run(bench) {
    const nodes = bench.quick ? 64 : 1000;
    const root = await freshRoot(bench, 'storm', {
      serve: { ...SERVED, downloads: DOWNLOADS },
      dhcp: { mode: 'off' },
    });
    const paths = pathsUnder(root);
    const { digest, size } = await noiseImage(paths, (bench.quick ? 16 : 100) << 20);
    const racks = Math.ceil(nodes / 256);
    {
      await using database = await openDatabase(paths.database);
      for (let rack = 0; rack < racks; rack++) {
        const last = Math.min(256, nodes - rack * 256) - 1;
        const hex = (value: number) => value.toString(16).padStart(2, '0');
        const names = `n[${rack * 256 + 1001}-${rack * 256 + 1001 + last}]`;
        await addNodes(database.db, names, {
          macs: [`52:54:00:00:${hex(rack)}:[00-${hex(last)}]`],
          image: 'noise',
        });
      }
    }
    await using network = await Namespace.open({ network: true });
    await network.run(['ip', 'link', 'set', 'lo', 'up']);
    const server = await startSlipway(bench, network, root, { path: '/healthz' });
    const idle = await peaks(server.pids);
    await resetPeaks(server.pids);
    const plan: StormPlan = {
      host: '127.0.0.1',
      port: Number(new URL(server.url).port),
      nodes,
      loss: LOSS,
      file: (await Catalog.open(paths)).blobPath(digest),
      haste: HASTE,
      start: 1000,
    };
    const program = join(import.meta.dirname, '../load/storm.ts');
    const argv = [process.execPath, program, JSON.stringify(plan)];
    const running = network.run(argv, { signal: bench.signal });
    // While they are being switched on. Nodes that began before get what they began with.
    await sleep(plan.start / 2);
    await publishNoise(paths, { digest, size }, 'another initramfs');
    const result = JSON.parse((await running).stdout) as StormResult;
    const peak = await peaks(server.pids);
    for (const one of result.failed.slice(0, 10)) bench.say(`storm: ${one}`);
    const title = `storm of ${nodes.toLocaleString('en')} nodes`;
    const single = (value: number) => ({ value, least: value, most: value, ours: [value] as const });
    const failed: Figure = {
      bench: title,
      against: 'boots that failed',
      goal: { most: 0 },
      unit: 'count',
      result: { ...single(result.failed.length), of: 'count' },
      notes: [
        `All are switched on within a second, each with an address of its own, and fetch script, kernel, initramfs, node initrd, manifest, signature and a layer of ${mib(size)}, which is compared byte by byte; ${DOWNLOADS} downloads are let in at a time, and the image is rebuilt while they are switched on. ${LOSS * 100} % of the connections break: ${result.broken} did. ${result.busy} requests were told to come back later, iPXE began anew ${result.again} times. It took ${seconds(result.seconds)} (${rate((nodes * size) / result.seconds)} to one process that simulates all nodes on the same processors; their pauses are ${HASTE} times shorter than real ones). Script: median ${seconds(result.script.median)}, 99th percentile ${seconds(result.script.p99)}.`,
      ],
    };
    const memory: Figure = {
      bench: title,
      against: 'peak memory of the server',
      goal: { most: 384 << 20 },
      unit: 'bytes',
      result: { ...single(peak), of: 'bytes' },
      notes: [`Before the storm it had ${mib(idle)}.`],
    };
    return [failed, memory];
  },
};
