/** A virtual machine that runs, with its console in a file and under watch. */
import { Writable } from 'node:stream';
import { SlipwayError } from '../system/errors.ts';
import { LogFile } from '../system/logfile.ts';
import type { Namespace } from '../system/namespace.ts';
import { ConsoleWatcher, type Finding } from './console.ts';
import { qemuArguments, type Machine } from './qemu.ts';

/** Bytes of console that are kept: a guest that prints without end must not fill the disk. */
const LOG_LIMIT = 32 << 20;

export interface MachineOptions {
  namespace: Namespace;
  /** File for the console. */
  log: string;
  onFinding: (finding: Finding) => void;
  /** The machine ended without being disposed of: its system powered off or rebooted, or (`error`) QEMU failed. */
  onEnd: (error?: SlipwayError) => void;
  signal?: AbortSignal;
}

export interface RunningMachine extends AsyncDisposable {
  /** The last lines of its console. */
  lines(): string[];
}

/** Switches a machine on. */
export function startMachine(machine: Machine, options: MachineOptions): RunningMachine {
  const log = new LogFile(options.log);
  const watcher = new ConsoleWatcher(options.onFinding);
  const decoder = new TextDecoder();
  let written = 0;
  const console = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      if (written <= LOG_LIMIT) log.write(decoder.decode(chunk, { stream: true }));
      watcher.feed(chunk);
      done();
    },
  });
  let stopping = false;
  const child = options.namespace.start(qemuArguments(machine), { stdout: console, signal: options.signal });
  const watch = async () => {
    const error = await child.done.then(
      () => undefined,
      (failure: unknown) => (failure instanceof SlipwayError ? failure : undefined),
    );
    watcher.end();
    log[Symbol.dispose]();
    if (!stopping && !options.signal?.aborted) options.onEnd(error);
  };
  const ended = watch();
  return {
    lines: () => watcher.lines(),
    async [Symbol.asyncDispose]() {
      stopping = true;
      child.stop();
      await ended;
    },
  };
}
