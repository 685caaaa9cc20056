/** nfs-ganesha, which this server runs, and rpcbind, which NFSv3 needs. */
import { globSync, readFileSync, watch } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ganeshaDirectory,
  ganeshaFile,
  ganeshaRecovery,
  inGanesha,
  writeGanesha,
} from '../nfs/exports/ganesha.ts';
import { digestOf, forgetRead, holdGanesha, markRead } from '../nfs/exports/taken.ts';
import type { Sink } from '../system/events.ts';
import { LogFile } from '../system/logfile.ts';
import type { Paths } from '../system/paths.ts';
import { fail } from './errors.ts';
import type { NfsOptions } from './nfs.ts';
import { supervise } from './supervisor.ts';
import { listens } from '../system/port.ts';

const PROGRAM = ['/usr/bin/ganesha.nfsd', '/usr/local/bin/ganesha.nfsd', '/usr/sbin/ganesha.nfsd'];
/** File systems of this host are a package of their own. */
const MODULE = ['/usr/lib/*/ganesha/libfsalvfs.so', '/usr/lib{,64}/ganesha/libfsalvfs.so'];

/** Milliseconds until it serves; a machine may be busy. */
const PATIENCE = 30_000;

/**
 * Runs it as long as `signal` lets it, and has it read its file again when that changes. Returns once it serves.
 * @throws SlipwayError `serve/no-ganesha`, `serve/ganesha-twice`
 */
export async function startGanesha({
  installation,
  sink,
  signal,
}: NfsOptions): Promise<{ done: Promise<void> }> {
  const { paths, config } = installation;
  if (globSync(PROGRAM).length === 0) throw fail('no-ganesha', { missing: 'ganesha.nfsd' });
  if (globSync(MODULE).length === 0) throw fail('no-ganesha', { missing: 'libfsalvfs.so' });
  for (const directory of [ganeshaDirectory(paths), ganeshaRecovery(paths)]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  }
  using stack = new DisposableStack();
  const held = holdGanesha(paths);
  if (!held) throw fail('ganesha-twice', {});
  stack.use(held);
  // What it was told before, with settings as they are now.
  await writeGanesha(installation, await inGanesha(paths));
  await forgetRead(paths);

  const rpcbind = config.nfs.version === '3' ? await startRpcbind(sink, signal) : undefined;
  const log = stack.use(new LogFile(join(paths.logs, 'ganesha.log')));
  const serves = Promise.withResolvers<void>();
  const reader = new Reader(paths, () => ganesha.signal('SIGHUP'));
  const onLine = (line: string) => {
    if (line.includes(' :LOG :NULL :')) return;
    log.write(`${line}\n`);
    const problem = / :(?:CONFIG|EXPORT|FSAL|NFS STARTUP) :(?:CRIT|MAJ|FATAL) :(.*)$/.exec(line)?.[1];
    if (problem !== undefined && !problem.startsWith('Extra references'))
      sink({ event: 'notice', level: 'warning', message: `nfs-ganesha: ${problem}` });
    if (line.includes('Reread exports complete')) reader.read();
    if (!line.includes('NFS SERVER INITIALIZED')) return;
    reader.start();
    serves.resolve();
  };
  const ganesha = supervise('nfs-ganesha', command(paths), {
    sink: (event) => {
      if (event.event === 'serve' && event.fields?.['state'] === 'died') {
        reader.stop();
        // It is tried again; other nodes need not wait for that.
        serves.resolve();
      }
      sink(event);
    },
    signal,
    kind: 'nfs',
    bare: true,
    onLine,
  });
  const watcher = watch(
    ganeshaDirectory(paths),
    (_, name) => void (name === 'ganesha.conf' && reader.changed()),
  );
  const late = sleep(PATIENCE, 'late', { ref: false, signal }).catch(() => 'stopped');
  if ((await Promise.race([serves.promise, late])) === 'late') {
    const message = `nfs-ganesha does not serve yet; see ${log.path}`;
    sink({ event: 'notice', level: 'warning', message });
  }
  stack.defer(() => watcher.close());
  const kept = stack.move();
  return { done: Promise.all([ganesha.done, rpcbind?.done]).then(() => kept.dispose()) };
}

/** Has the file read again, one time after the other. Before it serves a signal would end it. */
class Reader {
  readonly #paths: Paths;
  readonly #signal: () => void;
  #state: 'down' | 'idle' | 'reading' = 'down';
  #again = false;
  #digest = '';

  constructor(paths: Paths, signal: () => void) {
    this.#paths = paths;
    this.#signal = signal;
  }

  /** It serves: but what it has read may have been replaced meanwhile. */
  start(): void {
    this.#state = 'idle';
    this.changed();
  }

  stop(): void {
    this.#state = 'down';
  }

  changed(): void {
    this.#again = true;
    if (this.#state !== 'idle') return;
    this.#state = 'reading';
    this.#again = false;
    // What is there by the time of the signal, or newer: then it is read once more.
    this.#digest = digestOf(readFileSync(ganeshaFile(this.#paths), 'utf8'));
    this.#signal();
  }

  /** It has read it. */
  read(): void {
    if (this.#state !== 'reading') return;
    this.#state = 'idle';
    void markRead(this.#paths, this.#digest).catch(() => {});
    if (this.#again) this.changed();
  }
}

const command = (paths: Paths) => [
  'ganesha.nfsd',
  '-F',
  '-f',
  ganeshaFile(paths),
  '-L',
  'STDERR',
  '-p',
  join(ganeshaDirectory(paths), 'ganesha.pid'),
];

/** NFSv3 clients ask it for ports. One that runs already is used. */
async function startRpcbind(sink: Sink, signal: AbortSignal): Promise<{ done: Promise<void> } | undefined> {
  if (await listens(111)) return undefined;
  await mkdir('/run/rpcbind', { recursive: true });
  // -w: after a restart it knows again who had registered.
  const rpcbind = supervise('rpcbind', ['rpcbind', '-f', '-w'], { sink, signal, kind: 'nfs' });
  for (let i = 0; i < 100 && !signal.aborted && !(await listens(111)); i++) await sleep(100);
  return rpcbind;
}
