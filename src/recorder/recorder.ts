/**
 * The flight recorder of the boot server: what it sees of a boot besides the
 * node's own reports. It watches, and never delays or fails what it watches.
 */
import { bootClock } from '../boot/clock.ts';
import type { BootObserver, Seen } from '../boot/observer.ts';
import { limitSessions, shiftSessions } from '../boot/keep-sessions.ts';
import { limitSightings } from '../boot/sighting.ts';
import type { Db } from '../db/database.ts';
import type { Sink } from '../system/events.ts';
import { DhcpLog } from './dhcp.ts';
import { LiveBoots } from './live.ts';
import { makeMetrics, type Metrics } from './metrics.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { Writer } from './writer.ts';

export interface RecorderOptions {
  db: Db;
  sink: Sink;
  /** Address for node logs. */
  address: string;
  /** UDP port for node logs; 0: none are taken, 'any': a free one. */
  port: number | 'any';
}

/** One answer of the HTTP server. */
export interface Answered {
  /** Such as `/boot/node.ipxe`, `/blobs`; few. */
  route: string;
  status: number;
  client: string;
  seconds: number;
  bytes: number;
  /** Of a blob, hex. */
  blob?: string;
}

export interface Recorder extends BootObserver, AsyncDisposable {
  readonly metrics: Metrics;
  /** Where nodes may send their logs; nothing: nowhere. */
  readonly logs?: { address: string; port: number };
  dhcpLine(line: string): void;
  answered(answer: Answered): void;
  /** Writes what was heard until now. */
  flush(): Promise<void>;
}

/** DHCP belongs to a boot that begins so soon after it. Milliseconds. */
const BEFORE = 15 * 60_000;
/** Firmware asks several times within this time. Milliseconds. */
const ANEW = 60_000;
/** Machines whose requests are kept in mind. */
const MACHINES = 50_000;
/** Milliseconds between looks at the clock, and at how much was kept. */
const LOOK = 5000;
const TIDY = 600_000;

export async function openRecorder({ db, sink, address, port }: RecorderOptions): Promise<Recorder> {
  const warn = (message: string) => sink({ event: 'notice', level: 'warning', message });
  const writer = new Writer(db, (error) => warn(`Boots were not recorded for a moment: ${error.message}`));
  const metrics = makeMetrics(db);
  const live = new LiveBoots();
  const dhcp = new DhcpLog();
  const machines = new Map<string, Seen[]>();
  await limitSessions(db);
  await live.refill(db);
  const receiver = port === 0 ? undefined : await logs();
  const clock = setInterval(() => void look(), LOOK);
  const tidy = setInterval(() => void limitSightings(db).catch(() => {}), TIDY);

  async function look(): Promise<void> {
    try {
      const by = await bootClock.follow(async (shift, moved) => await shiftSessions(db, shift, moved));
      if (by !== 0)
        warn(
          `The clock was set by ${(by / 1000).toFixed(0)} s; boots under way go on as if it had been right`,
        );
    } catch (error) {
      warn(`The clock was set, and boots could not be moved along yet: ${(error as Error).message}`);
    }
  }

  async function logs(): Promise<Receiver | undefined> {
    try {
      return await openReceiver({
        address,
        port: port === 'any' ? 0 : port,
        wanted: (client) => live.of(client) !== undefined,
        heard: (client, { source, lines }) => {
          const session = live.of(client)?.session;
          if (session === undefined) return;
          for (const line of lines) writer.line({ session, at: bootClock.now(), source, line });
          metrics.lines.inc({ result: 'kept' }, lines.length);
        },
        dropped: (why, count) => metrics.lines.inc({ result: why }, count),
        told: warn,
      });
    } catch (error) {
      warn(
        `Early logs of nodes are not taken: UDP port ${port} of ${address}: ${(error as Error).message}. Another port: serve.syslog in config.yml; 0 turns this off.`,
      );
      return undefined;
    }
  }

  return {
    metrics,
    logs: receiver && { address, port: receiver.port },
    before: (mac) => {
      const seen = machines.get(mac) ?? [];
      machines.delete(mac);
      const now = bootClock.now();
      return seen.filter(({ at }) => now - at < BEFORE);
    },
    opened: ({ id: session, node_name: node, client, created }, { kernel, initramfs }) => {
      metrics.started.inc();
      live.add({
        session,
        node,
        client,
        kernel: kernel?.digest,
        initramfs: initramfs?.digest,
        last: created,
      });
    },
    refused: (mac, reason) => {
      metrics.refused.inc();
      writer.sighting(mac, { refused: bootClock.now(), reason: reason.slice(0, 1000) });
    },
    reached: ({ id, created }, stage, { uptime } = {}) => {
      const now = bootClock.now();
      const boot = live.session(id);
      if (boot) {
        // Reports come late, and several at once: the node knows better.
        const [since, here] =
          uptime === undefined || boot.uptime === undefined
            ? [boot.last, now]
            : [boot.uptime * 1000, uptime * 1000];
        if (stage !== 'check' && since !== undefined)
          metrics.stage.observe({ stage }, Math.max(0, here - since) / 1000);
        boot.last = now;
        boot.uptime = uptime;
      }
      if (stage !== 'ready' && stage !== 'trap') return;
      metrics.ended.inc({ result: stage });
      if (stage === 'ready') metrics.boot.observe(Math.max(0, now - created) / 1000);
    },
    dhcpLine: (line) => {
      const request = dhcp.read(line);
      if (!request) return;
      const { mac, client, architecture } = request;
      const at = bootClock.now();
      metrics.dhcp.inc({ client });
      writer.sighting(mac, client === 'ipxe' ? { ipxe: at } : { firmware: at });
      const detail = [client === 'ipxe' ? 'iPXE' : 'firmware', architecture].filter(Boolean).join(', ');
      const known = machines.get(mac) ?? [];
      // Firmware that asks after iPXE did, or after a long time, begins a boot anew.
      const anew = client === 'firmware' && (known.length !== 1 || at - (known[0]?.at ?? 0) > ANEW);
      const seen = anew ? [] : known;
      // The first request of each kind says when.
      if (seen.some((one) => one.detail === detail)) return;
      const [oldest] = machines.keys();
      if (machines.size >= MACHINES && oldest !== undefined) machines.delete(oldest);
      machines.set(mac, [...seen, { stage: 'dhcp', at, detail }]);
    },
    answered: ({ route, status, client, seconds, bytes, blob }) => {
      metrics.answers.inc({ route, status });
      metrics.answer.observe({ route }, seconds);
      if (blob === undefined) return;
      metrics.bytes.inc(bytes);
      const boot = status === 200 ? live.of(client) : undefined;
      if (!boot) return;
      const digest = `sha256:${blob}` as const;
      const stage = digest === boot.kernel ? 'kernel' : digest === boot.initramfs ? 'initrd' : undefined;
      if (!stage) return;
      if (stage === 'kernel') boot.kernel = undefined;
      else boot.initramfs = undefined;
      const at = bootClock.now();
      if (boot.last !== undefined) metrics.stage.observe({ stage }, Math.max(0, at - boot.last) / 1000);
      boot.last = at;
      writer.stage({ session: boot.session, stage, at, bytes, seconds });
    },
    flush: () => writer.flush(),
    [Symbol.asyncDispose]: async () => {
      clearInterval(clock);
      clearInterval(tidy);
      await receiver?.[Symbol.asyncDispose]();
      await writer[Symbol.asyncDispose]();
    },
  };
}
