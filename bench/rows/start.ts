/** How long the command line takes to say anything at all, and what it needs for that. */
import { median, series } from '../measure/series.ts';
import { peakMemory, timed } from '../measure/timed.ts';
import { PROGRAM } from '../rivals/slipway.ts';
import type { Row } from '../row.ts';

const ARGV = [PROGRAM, '--help'];

export const start: Row = {
  name: 'start',
  brief: 'slipway --help: wall time and memory',
  async run(bench) {
    await timed(ARGV); // The first one may fill the compile cache.
    const times: number[] = [];
    const peaks: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < (bench.quick ? 3 : 15); round++) {
      times.push((await timed(ARGV, { signal: bench.signal })).seconds);
      bare.push((await timed([process.execPath, '--eval', '0'], { signal: bench.signal })).seconds);
    }
    for (let round = 0; round < 3; round++) peaks.push(await peakMemory(ARGV, bench.directory));
    const wall = series(times);
    const memory = series(peaks);
    const node = Math.round(1000 * Math.min(...bare));
    const alone = (values: typeof wall) => ({
      least: Math.min(...values),
      most: Math.max(...values),
      ours: values,
    });
    return [
      {
        bench: 'slipway --help',
        against: 'wall time',
        goal: { most: 0.15 },
        unit: 'seconds',
        result: { value: median(wall), ...alone(wall), of: 'seconds' },
        notes: [`Of that, Node alone takes at least ${node} ms here.`],
      },
      {
        bench: 'slipway --help',
        against: 'peak memory',
        goal: { most: 100 << 20 },
        unit: 'bytes',
        result: { value: median(memory), ...alone(memory), of: 'bytes' },
        notes: ['The design sets no goal for memory; 100 MiB is what we hold ourselves to.'],
      },
    ];
  },
};
