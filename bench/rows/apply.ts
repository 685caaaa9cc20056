/** The registry of a large site from a cluster file: first time, nothing changed, one setting of all changed. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../src/system/durable.ts';
import { median, series } from '../measure/series.ts';
import { peakMemory, timed } from '../measure/timed.ts';
import { freshRoot, PROGRAM } from '../rivals/slipway.ts';
import type { Figure, Row } from '../row.ts';

/** 250 nodes a rack: a byte of the MAC address, and of the IPv4 address. */
const A_RACK = 250;

/** Two profiles, a group a rack, and nodes with two MAC addresses, a reserved address and an interface each. */
function cluster(racks: number, image: string): string {
  const all = Array.from({ length: racks }, (_, rack) => rack);
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  const nodes = all.map((rack) => {
    const [high, low] = [rack >> 8, rack & 255];
    return `  n[${rack * A_RACK + 100_001}-${(rack + 1) * A_RACK + 100_000}]:
    groups: [rack${rack}]
    macs: ["52:54:${hex(high)}:${hex(low)}:00:[00-f9]", "52:54:${hex(high)}:${hex(low)}:01:[00-f9]"]
    address: 10.${high}.${low}.[1-250]
    interfaces: { ib0: { address: "10.${100 + high}.${low}.[1-250]/8", mtu: 4092 } }
`;
  });
  return `profiles:
  base: { image: "${image}", arguments: [quiet] }
  compute: { tags: { role: compute }, variables: { slots: 64 } }
groups:
${all.map((rack) => `  rack${rack}: { profiles: [base, compute], tags: { rack: r${rack} } }\n`).join('')}nodes:
${nodes.join('')}`;
}

export const apply: Row = {
  name: 'apply',
  brief: 'slipway apply of 100,000 nodes',
  async run(bench) {
    const racks = bench.quick ? 4 : 400;
    const count = racks * A_RACK;
    const title = `${count.toLocaleString('en')} nodes`;
    const root = await freshRoot(bench, 'apply', {});
    const file = join(bench.directory, 'cluster.yml');
    const options = { env: { SLIPWAY_ROOT: root }, signal: bench.signal };
    const argv = [PROGRAM, 'apply', '-f', file, '--yes', '--json'];
    const [first, same, edited, listed, memory]: number[][] = [[], [], [], [], []];
    for (let round = 0; round < bench.rounds; round++) {
      await rm(join(root, 'var/lib/slipway'), { recursive: true, force: true });
      await writeDurably(file, cluster(racks, 'compute:1'));
      first?.push((await timed(argv, options)).seconds);
      same?.push((await timed(argv, options)).seconds);
      const own = `${cluster(racks, 'compute:2')}  n[100001-${count + 100_000}]: { tags: { round: "${round}" } }\n`;
      await writeDurably(file, own);
      edited?.push((await timed(argv, options)).seconds);
      const list = await timed([PROGRAM, 'node', 'ls', '--json'], options);
      if ((JSON.parse(list.stdout) as unknown[]).length !== count) throw new Error('nodes are missing');
      listed?.push(list.seconds);
      await rm(join(root, 'var/lib/slipway'), { recursive: true, force: true });
      memory?.push(await peakMemory(argv, bench.directory, options));
    }
    const figure = (
      against: string,
      values: number[] | undefined,
      most: number,
      notes: string[] = [],
    ): Figure => {
      const ours = series(values ?? []);
      return {
        bench: `apply ${title}`,
        against,
        goal: { most },
        unit: 'seconds',
        result: {
          value: median(ours),
          least: Math.min(...ours),
          most: Math.max(...ours),
          ours,
          of: 'seconds',
        },
        notes,
      };
    };
    const peak = series(memory ?? []);
    return [
      figure('wall time, empty registry', first, 10, [
        'Two MAC addresses, a reserved address, an interface and a group each; the whole command, with the differences that it prints.',
      ]),
      figure('wall time, nothing changed', same, 4),
      figure('wall time, one tag of every node changed', edited, 10),
      { ...figure('wall time of node ls --json', listed, 5), bench: `list ${title}` },
      {
        ...figure('peak memory, empty registry', memory, 0),
        goal: { most: 1 << 30 },
        unit: 'bytes',
        result: {
          value: median(peak),
          least: Math.min(...peak),
          most: Math.max(...peak),
          ours: peak,
          of: 'bytes',
        },
      },
    ];
  },
};
