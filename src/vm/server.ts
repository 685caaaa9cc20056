/** The real boot server, as a process inside the test's network. */
import { SlipwayError } from '../system/errors.ts';
import { LogFile } from '../system/logfile.ts';
import { fail } from './errors.ts';
import type { TestNetwork } from './network.ts';

/** A stage that the server heard of. */
export interface StageReport {
  node: string;
  stage: string;
  detail: string;
}

export interface ServerOptions {
  network: TestNetwork;
  /** Argument vector up to and without `serve`. */
  command: readonly string[];
  /** Its SLIPWAY_ROOT. */
  root: string;
  /** Commands that the nodes run once they are up. */
  checks: readonly string[];
  /** File for all that it prints. */
  log: string;
  onStage: (report: StageReport) => void;
  /** What it wants people to know, such as why a node cannot boot. */
  onNotice: (message: string) => void;
  signal?: AbortSignal;
}

export interface TestServer extends AsyncDisposable {
  /** Rejects when the server ends before it is disposed of. */
  failed: Promise<never>;
}

/** Seconds until it must listen: it is loaded from disk by a machine that may be busy. */
const PATIENCE = 90;

/** Starts the server; returns once nodes can boot from it. @throws SlipwayError `vm/server` */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const { network, signal } = options;
  const log = new LogFile(options.log);
  const listening = Promise.withResolvers<void>();
  const argv = [
    ...options.command,
    'serve',
    '--json',
    ...options.checks.flatMap((check) => ['--check', check]),
  ];
  let stopping = false;
  const child = network.namespace.start(argv, {
    env: { SLIPWAY_ROOT: options.root },
    log,
    signal,
    onLine: (line) => {
      const event = parse(line);
      // What it says about being stopped is nobody's concern.
      if (stopping) return;
      if (event?.['event'] === 'notice' && typeof event['message'] === 'string')
        options.onNotice(event['message']);
      if (event?.['event'] !== 'serve') return;
      if (event['kind'] === 'listening') listening.resolve();
      const report = event['kind'] === 'boot' ? stageOf(event['fields']) : undefined;
      if (report) options.onStage(report);
    },
  });
  const failed = child.done.then(
    () => {
      throw fail('server', { seconds: PATIENCE, log: options.log });
    },
    (cause: unknown) => {
      if (signal?.aborted) throw cause;
      const output = cause instanceof SlipwayError ? cause.output : undefined;
      throw fail('server', { seconds: PATIENCE, log: options.log }, { cause, output });
    },
  );
  failed.catch(() => {});
  const stop = async () => {
    stopping = true;
    child.stop();
    await child.done.catch(() => {});
    log[Symbol.dispose]();
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(fail('server', { seconds: PATIENCE, log: options.log })),
    PATIENCE * 1000,
  );
  try {
    await Promise.race([listening.promise, failed, late.promise]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { failed, [Symbol.asyncDispose]: stop };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // What else it prints is in its log.
  }
}

function stageOf(fields: unknown): StageReport | undefined {
  const { node, stage, detail } = (fields ?? {}) as Record<string, unknown>;
  if (typeof node !== 'string' || typeof stage !== 'string') return undefined;
  return { node, stage, detail: typeof detail === 'string' ? detail : '' };
}
