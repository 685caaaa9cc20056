/**
 * Keeps a program running, such as dnsmasq: restarts it when it dies, waits longer each time, and says so.
 * It runs in a pid namespace of ours: a program that changes its user loses the
 * parent-death signal, and would outlive a killed server otherwise.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../system/errors.ts';
import type { ServeEvent, Sink, SlipwayEvent } from '../system/events.ts';
import { Namespace } from '../system/namespace.ts';
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

export interface SuperviseOptions {
  sink: Sink;
  signal: AbortSignal;
  /** Gets each line of the program. */
  onLine?: (line: string) => void;
  /** Of its events. Default `dnsmasq`. */
  kind?: ServeEvent['kind'];
  /**
   * Runs it in no namespace of its own: it must see what is mounted later. For programs that stay the user
   * they are, or they would outlive us.
   */
  bare?: boolean;
}

/**
 * Runs `argv` until `signal` aborts.
 * @param name for messages and events
 */
export function supervise(
  name: string,
  argv: readonly string[],
  { sink, signal, onLine, kind = 'dnsmasq', bare = false }: SuperviseOptions,
): Supervised {
  let child: Child | undefined;
  const tell = (message: string, fields: Record<string, string | number>) =>
    sink({ event: 'serve', kind, message, fields });
  const once = async (enter: () => Promise<Namespace | undefined>) => {
    const options = {
      signal,
      // It writes for months: lines are passed on, not kept.
      maxOutput: 0,
      id: name,
      sink: (event: SlipwayEvent) => void (event.event === 'output' && onLine?.(event.line)),
    };
    try {
      const namespace = await enter();
      child = namespace ? namespace.start(argv, options) : start(argv, options);
      const { pid: wrapper, done } = child;
      const ended = done.then(
        () => wrapper,
        () => wrapper,
      );
      // One that ends at once was started all the same.
      const pid = await Promise.race([programOf(wrapper), ended]);
      tell(`${name} started`, { pid, state: 'started' });
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
    await using stack = new AsyncDisposableStack();
    let namespace: Namespace | undefined;
    const enter = async () => (bare ? undefined : (namespace ??= stack.use(await Namespace.open())));
    for (let failures = 0; !signal.aborted; failures++) {
      const since = performance.now();
      const reason = await once(enter);
      if (signal.aborted) return;
      if (performance.now() - since > STEADY) failures = 0;
      const wait = BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? 0;
      tell(`${name} died (${reason}); restarting in ${wait / 1000} s`, { state: 'died', wait: wait / 1000 });
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  };
  return {
    signal: (kind) => {
      const pid = child && innermost(child.pid);
      if (pid) process.kill(pid, kind);
    },
    get pid() {
      return child && innermost(child.pid);
    },
    done: loop(),
  };
}

/** Programs that only lead into the namespace; a fork of Node is called MainThread until it is another program. */
const WRAPPERS = new Set(['node', 'MainThread', 'setpriv', 'unshare', 'env', 'nsenter']);

/** The process that `pid` ends up running, as this process sees it; undefined while only wrappers run. */
function innermost(pid: number): number | undefined {
  try {
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    if (child) return innermost(child);
    return WRAPPERS.has(readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ? undefined : pid;
  } catch {
    return undefined;
  }
}

/** Waits for {@link innermost}, ten seconds at the most, since the machine may be busy: then the wrapper's own. */
async function programOf(pid: number): Promise<number> {
  for (let i = 0; i < 1000; i++) {
    const found = innermost(pid);
    if (found) return found;
    await sleep(10);
  }
  return pid;
}

function lastLine(error: SlipwayError): string | undefined {
  return error.output?.trimEnd().split('\n').at(-1);
}
