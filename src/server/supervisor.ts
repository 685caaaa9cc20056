/** Keeps dnsmasq running: restarts it when it dies, waits longer each time, and says so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import { start, type Child } from '../system/process.ts';

/** Milliseconds before the first, second, … restart in a row; one that ran for {@link STEADY} begins anew. */
const BACKOFF = [200, 1000, 3000, 10_000, 30_000];
const STEADY = 60_000;

export interface Supervised {
  /** Sends a signal, if the program runs at this moment. */
  signal(name: NodeJS.Signals): void;
  /** Process id at this moment, if it runs. */
  readonly pid: number | undefined;
  /** Settles when it was stopped. Never rejects: what goes wrong is told and tried again. */
  done: Promise<void>;
}

/**
 * Runs `argv` until `signal` aborts. Its lines go to `onLine`.
 * @param name for messages and events
 */
export function supervise(
  name: string,
  argv: readonly string[],
  { sink, signal, onLine }: { sink: Sink; signal: AbortSignal; onLine?: (line: string) => void },
): Supervised {
  let child: Child | undefined;
  const tell = (message: string, fields: Record<string, string | number>) =>
    sink({ event: 'serve', kind: 'dnsmasq', message, fields });
  const once = async () => {
    child = start(argv, {
      signal,
      // It writes for months: lines are passed on, not kept.
      maxOutput: 0,
      id: name,
      sink: (event) => void (event.event === 'output' && onLine?.(event.line)),
    });
    tell(`${name} started`, { pid: child.pid, state: 'started' });
    try {
      await child.done;
      return 'it ended by itself';
    } catch (error) {
      return error instanceof SlipwayError
        ? [error.message, lastLine(error)].filter(Boolean).join(': ')
        : String(error);
    } finally {
      child = undefined;
    }
  };
  const loop = async () => {
    for (let failures = 0; !signal.aborted; failures++) {
      const since = performance.now();
      const reason = await once();
      if (signal.aborted) return;
      if (performance.now() - since > STEADY) failures = 0;
      const wait = BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? 0;
      tell(`${name} died (${reason}); restarting in ${wait / 1000} s`, { state: 'died', wait: wait / 1000 });
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  };
  return {
    signal: (kind) => {
      if (child) process.kill(child.pid, kind);
    },
    get pid() {
      return child?.pid;
    },
    done: loop(),
  };
}

function lastLine(error: SlipwayError): string | undefined {
  return error.output?.trimEnd().split('\n').at(-1);
}
