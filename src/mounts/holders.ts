/** Who still works in a mounted tree: with a directory, an open or mapped file, or as its root. proc(5) */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sourceOf } from './attach.ts';
import { isBelow, readMounts } from './mountinfo.ts';

export interface Holder {
  pid: number;
  /** Its command line, shortened; written by whoever started it. */
  command: string;
}

const COMMAND_LENGTH = 80;
/** Milliseconds that a process gets to end when it is asked to. */
const PATIENCE = 10_000;

/** Processes in the tree of `directory` (`mounts/NAME`), of any mount namespace. */
export async function holders(directory: string): Promise<Holder[]> {
  const tree = await realpath(`${directory}/mnt`).catch(() => undefined);
  if (tree === undefined) return [];
  const found: Holder[] = [];
  const mine = await readlink('/proc/self/ns/mnt');
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    const space = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
    if (space === undefined) continue; // Gone meanwhile.
    if ((await standsIn(pid, tree)) || (space !== mine && (await hasAsRoot(pid, directory))))
      found.push({ pid, command: await commandOf(pid) });
  }
  return found;
}

/** Processes that stand in a directory of this mount namespace, such as a mount point. */
export async function standingIn(directory: string): Promise<Holder[]> {
  const found: Holder[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    if (await standsIn(pid, directory)) found.push({ pid, command: await commandOf(pid) });
  }
  return found;
}

/** This process or one that it comes from: they cannot be ended for the sake of a command of theirs. */
export async function ownHolder(found: readonly Holder[]): Promise<Holder | undefined> {
  for (let pid = process.pid; pid > 0; pid = await parentOf(pid)) {
    const own = found.find((one) => one.pid === pid);
    if (own) return own;
  }
  return undefined;
}

/** Asks processes to end, and kills those that do not. Returns when the tree is free, or nothing helps any more. */
export async function end(
  directory: string,
  first: readonly Holder[],
  { patience = PATIENCE, signal }: { patience?: number; signal?: AbortSignal } = {},
): Promise<void> {
  send(first, 'SIGTERM');
  const until = performance.now() + patience;
  for (let left = first; left.length > 0; left = await holders(directory)) {
    if (performance.now() > until) {
      send(left, 'SIGKILL');
      await sleep(200, undefined, { signal });
      return;
    }
    await sleep(50, undefined, { signal });
  }
}

function send(found: readonly Holder[], name: NodeJS.Signals): void {
  for (const { pid } of found)
    try {
      process.kill(pid, name);
    } catch {
      // Gone meanwhile.
    }
}

/** A sandbox whose root is the tree: a mount namespace of its own, where the paths of this one mean nothing. */
async function hasAsRoot(pid: number, directory: string): Promise<boolean> {
  const source = sourceOf(directory);
  return (await readMounts(pid)).some((one) => one.source === source && one.path === '/');
}

async function standsIn(pid: number, tree: string): Promise<boolean> {
  for (const link of ['cwd', 'root', 'exe'])
    if (isBelow(await readlink(`/proc/${pid}/${link}`).catch(() => ''), tree)) return true;
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [] as string[]))
    if (isBelow(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''), tree)) return true;
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
  return maps.includes(` ${tree}/`);
}

async function commandOf(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const text =
    words.split('\0').join(' ').trim() ||
    (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
  return text.length > COMMAND_LENGTH ? `${text.slice(0, COMMAND_LENGTH)}…` : text;
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
}
