/** Roots over NFS: from power-on to ready against mode ram of the same image, and what one boot asks of the server. */
import type { SlipwayEvent } from '../../src/system/events.ts';
import { alternate } from '../measure/alternate.ts';
import { ratio, series } from '../measure/series.ts';
import { mib, seconds } from '../report/numbers.ts';
import type { Figure, Row } from '../row.ts';
import { Catalog } from '../../src/image/catalog.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { secondsOf, testImage } from './boot.ts';
import { coldImage } from './cold.ts';

/** Prints, in the node, its calls of NFS servers and the bytes that came in by its network card. */
const ASKED =
  'while read -r key value rest; do [ "$key" != rpc ] || calls=$value; done </proc/net/rpc/nfs; echo asked $calls $(cat /sys/class/net/e*/statistics/rx_bytes)';

export const roots: Row = {
  name: 'roots',
  brief: 'power-on to ready with a root over NFS, against mode ram; requests and bytes of one boot',
  async run(bench) {
    const { root, name } = await coldImage(bench);
    const boot = (mode: string) => ({
      name: mode,
      run: async () => secondsOf(await testImage(bench, root, name, ['--mode', mode])),
    });
    const asked = async (mode: string) =>
      askedOf(await testImage(bench, root, name, ['--mode', mode, '--check', ASKED]));
    // Nothing is known of the image yet: the test notes what its boot reads.
    const first = await asked('readonly');
    bench.say(`first boot in mode readonly: ${first.calls} requests, ${mib(first.bytes)}`);
    const results = await alternate(['ram', 'readonly', 'nfs'].map(boot), bench.rounds, (mode, round, time) =>
      bench.say(`boot in mode ${mode} ${round + 1}: ready after ${seconds(time)}`),
    );
    const ram = series(results.get('ram') ?? []);
    const image = await (await Catalog.open(pathsUnder(root))).resolve(name);
    const layers = series([image.layers.reduce((sum, layer) => sum + layer.size, 0)]);
    const figures: Figure[] = [];
    const taken = [
      { mode: 'readonly', when: ', the first', most: 6000, ...first },
      { mode: 'readonly', when: '', most: 600, ...(await asked('readonly')) },
      { mode: 'nfs', when: '', most: 10_000, ...(await asked('nfs')) },
    ];
    for (const mode of ['readonly', 'nfs']) {
      const ours = series(results.get(mode) ?? []);
      figures.push({
        bench: `power-on to ready, mode ${mode}`,
        against: 'mode ram, the same image',
        goal: { most: 1.2 },
        unit: 'ratio',
        result: { ...ratio(ours, ram), ours, theirs: ram, of: 'seconds' },
        notes: [
          'QEMU with 2 processors; nfs-ganesha on the host that also emulates the machine, NFS 4.2. With a real network and a thousand nodes the bytes below count.',
          ...(mode === 'readonly' ? ['What a boot reads was noted by a boot test before.'] : []),
        ],
      });
    }
    for (const { mode, when, most, calls, bytes } of taken) {
      const [requests, received] = [series([calls]), series([bytes])];
      figures.push(
        {
          bench: `requests of one boot, mode ${mode}${when}`,
          against: '',
          goal: { most },
          unit: 'count',
          result: { ...ratio(requests, series([1])), ours: requests, of: 'count' },
          notes: [
            'Calls of the NFS client from the mount to multi-user.target: /proc/net/rpc/nfs of the node.',
          ],
        },
        {
          bench: `bytes of one boot, mode ${mode}${when}`,
          against: `layers that mode ram fetches, ${mib(layers[0] ?? 0)}`,
          goal: { most: 2 },
          unit: 'ratio',
          result: { ...ratio(received, layers), ours: received, theirs: layers, of: 'bytes' },
          notes: [
            'What came in by its network card since the kernel started; layers are compressed, files over NFS are not.',
          ],
        },
      );
    }
    return figures;
  },
};

/** What the check told. */
export function askedOf(events: readonly SlipwayEvent[]): { calls: number; bytes: number } {
  for (const event of events) {
    const [, calls, bytes] = event.event === 'output' ? (/asked (\d+) (\d+)/.exec(event.line) ?? []) : [];
    if (calls !== undefined) return { calls: Number(calls), bytes: Number(bytes) };
  }
  throw new Error('the node did not tell what it asked of the server');
}
