/**
 * What is being done to an image right now. That something is, its lock says, which falls with its
 * holder; who and which step stands beside the lock, and counts only as long as it names the same holder.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sink } from '../system/events.ts';
import { holderOf, isLocked } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { currentUser } from '../system/user.ts';

const Said = z.object({ since: z.string(), who: z.string(), step: z.string().optional() });

export interface Work {
  /** `build of compute`. */
  what: string;
  who?: string;
  /** ISO time. */
  since?: string;
  process?: number;
  /** What is running now. */
  step?: string;
}

export const imageLock = (name: string): string => `image-${name}`;
const fileOf = (paths: Paths, name: string) => join(paths.locks, `${imageLock(name)}.doing`);

/**
 * For the holder of an image's lock: tells others which task runs. `sink` passes events on. Nothing that goes
 * wrong with it stops the work.
 */
export function announce(paths: Paths, name: string, sink: Sink): Disposable & { sink: Sink } {
  const since = holderOf(paths.locks, imageLock(name))?.since ?? '';
  const file = fileOf(paths, name);
  const running = new Map<string, string>();
  const write = () => {
    const step = [...running.values()].at(-1);
    try {
      writeFileSync(`${file}.new`, JSON.stringify({ since, who: currentUser(), step }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch {
      // A full disk: the lock itself says enough.
    }
  };
  write();
  return {
    sink: (event) => {
      if (event.event === 'task-started') running.set(event.id, event.title);
      else if (event.event === 'task-finished') running.delete(event.id);
      if (event.event === 'task-started' || event.event === 'task-finished') write();
      sink(event);
    },
    [Symbol.dispose]: () => rmSync(file, { force: true }),
  };
}

/** What is being done to an image; nothing if nobody holds its lock. */
export function workOn(paths: Paths, name: string): Work | undefined {
  if (!isLocked(paths.locks, imageLock(name))) return undefined;
  const holder = holderOf(paths.locks, imageLock(name));
  if (!holder) return { what: 'another command' };
  const { pid, work, since } = holder;
  const said = read(fileOf(paths, name));
  const of = said?.since === since ? said : undefined;
  return { what: work, since, process: pid, who: of?.who, step: of?.step };
}

function read(file: string): z.output<typeof Said> | undefined {
  try {
    return Said.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
