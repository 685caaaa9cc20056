/** Commands in machines of a test network, over one connection each. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../../../src/system/namespace.ts';
import { run, type Child, type RunOptions, type RunResult } from '../../../src/system/process.ts';

/** A key pair, as text. */
export interface KeyPair {
  private: string;
  public: string;
}

/** Makes a key pair `name` in `directory`. */
export async function keyPair(directory: string, name: string): Promise<KeyPair & { file: string }> {
  const file = join(directory, name);
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  const read = async (path: string) => (await run(['cat', path])).stdout;
  return { file, private: await read(file), public: await read(`${file}.pub`) };
}

export interface Shell extends AsyncDisposable {
  /** Runs a shell script as root. @throws SlipwayError `process/failed` with what it printed */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /** Starts one that goes on. */
  start(script: string, options?: RunOptions): Child;
}

export interface ShellOptions {
  namespace: Namespace;
  address: string;
  /** File with the private key. */
  identity: string;
  /** Directory for the connection's socket. */
  work: string;
  /** Public key of the machine; without it any is taken, as that of a node that has just made one. */
  hostKey?: string;
  /** Rejects when the machine cannot come up any more. */
  failed: Promise<never>;
}

/** Milliseconds between attempts while a machine comes up. */
const PAUSE = 1000;

/** Connects as soon as the machine lets us in. */
export async function openShell(options: ShellOptions): Promise<Shell> {
  const { namespace, address, work } = options;
  const known = join(work, `${address}.known`);
  await writeFile(known, options.hostKey === undefined ? '' : `${address} ${options.hostKey}\n`);
  const common = [
    ['ssh', '-F', 'none', '-i', options.identity, '-o', `UserKnownHostsFile=${known}`],
    ['-o', `StrictHostKeyChecking=${options.hostKey === undefined ? 'no' : 'yes'}`, '-o', 'BatchMode=yes'],
    ['-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=20', '-o', `ControlPath=${work}/${address}.sock`],
  ].flat();
  const target = `root@${address}`;
  let master: Child;
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {});
  options.failed.catch(over.reject);
  for (;;) {
    const up = Promise.withResolvers<boolean>();
    // -N runs nothing: a session tells that we are in.
    master = namespace.start([...common, '-o', 'ControlMaster=yes', target, 'echo in; exec cat'], {
      keepStdin: true,
      onLine: () => up.resolve(true),
    });
    master.done.then(
      () => up.resolve(false),
      () => up.resolve(false),
    );
    if (await Promise.race([up.promise, over.promise])) break;
    await Promise.race([sleep(PAUSE), over.promise]);
  }
  const argv = (script: string) => [...common, '-o', 'ControlMaster=no', target, script];
  return {
    run: async (script, more) => await Promise.race([namespace.run(argv(script), more), over.promise]),
    start: (script, more) => namespace.start(argv(script), more),
    async [Symbol.asyncDispose]() {
      master.stop();
      await master.done.catch(() => {});
    },
  };
}
