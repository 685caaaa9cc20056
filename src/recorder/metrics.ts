/**
 * What Prometheus reads. Labels have few values by nature (stages, results, status
 * codes): no names of nodes, images or clients, of which there are too many.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Db } from '../db/database.ts';
import { bootClock } from '../boot/clock.ts';

const STAGE_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320];
const ANSWER_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Metrics = ReturnType<typeof makeMetrics>;

export function makeMetrics(db: Db) {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  const metrics = {
    register,
    started: new Counter({ name: 'slipway_boots_started_total', help: 'Boot scripts given out', registers }),
    ended: new Counter({
      name: 'slipway_boots_total',
      help: 'Boots that came to a result',
      labelNames: ['result'],
      registers,
    }),
    refused: new Counter({
      name: 'slipway_boots_refused_total',
      help: 'Machines that asked for a script and got none that boots an image',
      registers,
    }),
    stage: new Histogram({
      name: 'slipway_boot_stage_seconds',
      help: 'Time from the stage before to this one',
      labelNames: ['stage'],
      buckets: STAGE_BUCKETS,
      registers,
    }),
    boot: new Histogram({
      name: 'slipway_boot_seconds',
      help: 'Time from the boot script to ready',
      buckets: [10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200],
      registers,
    }),
    answer: new Histogram({
      name: 'slipway_http_answer_seconds',
      help: 'Time to make an answer',
      labelNames: ['route'],
      buckets: ANSWER_BUCKETS,
      registers,
    }),
    answers: new Counter({
      name: 'slipway_http_answers_total',
      help: 'Answers by route and status',
      labelNames: ['route', 'status'],
      registers,
    }),
    downloads: new Gauge({
      name: 'slipway_downloads_under_way',
      help: 'Blobs that are being sent',
      registers,
    }),
    broken: new Counter({
      name: 'slipway_downloads_broken_total',
      help: 'Blobs whose client went away before the end',
      registers,
    }),
    bytes: new Counter({ name: 'slipway_blob_bytes_total', help: 'Bytes of blobs sent whole', registers }),
    dhcp: new Counter({
      name: 'slipway_dhcp_requests_total',
      help: 'Requests by DHCP of machines that boot',
      labelNames: ['client'],
      registers,
    }),
    lines: new Counter({
      name: 'slipway_node_log_lines_total',
      help: 'Lines of node logs by what became of them',
      labelNames: ['result'],
      registers,
    }),
  };
  sizes(db, registers);
  return metrics;
}

function sizes(db: Db, registers: Registry[]): void {
  const count = async (table: 'node' | 'preset' | 'boot_session' | 'sighting') =>
    Number(
      (
        await db
          .selectFrom(table)
          .select((e) => e.fn.countAll<number | string>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    );
  void new Gauge({
    name: 'slipway_registry_size',
    help: 'Rows of the registry',
    labelNames: ['of'],
    registers,
    async collect() {
      for (const [of, table] of [
        ['nodes', 'node'],
        ['groups and profiles', 'preset'],
        ['boots', 'boot_session'],
        ['machines seen', 'sighting'],
      ] as const)
        this.set({ of }, await count(table));
    },
  });
  void new Gauge({
    name: 'slipway_boots_under_way',
    help: 'Boots that are neither ready nor failed',
    registers,
    async collect() {
      const row = await db
        .selectFrom('boot_session')
        .select((e) => e.fn.countAll<number | string>().as('count'))
        .where('ended', 'is', null)
        .where('stage', 'not in', ['ready', 'trap'])
        .where('expires', '>', bootClock.now())
        .executeTakeFirstOrThrow();
      this.set(Number(row.count));
    },
  });
}
