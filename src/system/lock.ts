/**
 * Locks that fall with their holder: a RESERVED lock of SQLite on a small file.
 * The kernel drops it when the process ends, however it ends; the holder's
 * description stands in the file, written before the lock is kept.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineErrors } from './errors.ts';
import { silent, type Sink } from './events.ts';

const fail = defineErrors('lock', {
  held: {
    what: '{what} is in use by {holder}',
    why: 'Two commands may not change it at the same time.',
    todo: 'Wait for the other command, or run this one with a longer --wait.',
  },
  full: {
    what: 'No space left on the disk of {directory}',
    why: 'Not even the lock {name} could be made. Nothing was changed.',
    todo: 'Free space there: slipway image gc, or other files of that disk.',
  },
});

export interface LockOptions {
  /** Milliseconds to wait for the present holder. Default 0: fail at once. */
  wait?: number;
  sink?: Sink;
  signal?: AbortSignal;
}

export interface Lock extends Disposable {
  readonly name: string;
}

/** Tries once. Returns nothing if somebody else holds it. `what` describes the work, for others' messages. */
export function tryLock(directory: string, name: string, work: string): Lock | undefined {
  mkdirSync(dirname(directory), { recursive: true });
  // Closed: whoever can read a lock's file can hold it, too.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(directory, `${name}.lock`), { timeout: 20 }); // outlasts a look by others, not a holder
  try {
    db.exec('PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF');
    db.exec('CREATE TABLE IF NOT EXISTS holder(pid INTEGER, work TEXT, since TEXT)');
    db.exec('BEGIN IMMEDIATE; DELETE FROM holder');
    db.prepare('INSERT INTO holder VALUES(?, ?, ?)').run(process.pid, work, new Date().toISOString());
    // Between COMMIT and BEGIN another may come in: then we did not get it, and its row replaces ours.
    db.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    if (!isFull(error) || !lockWithoutWord(db, directory, name)) {
      db.close();
      if (isBusy(error) || isFull(error) || isRemoved(error)) return undefined;
      throw error;
    }
  }
  return { name, [Symbol.dispose]: () => db.close() };
}

/** Waits for the lock. @throws SlipwayError `lock/held` naming the holder */
export async function lock(
  directory: string,
  name: string,
  work: string,
  options: LockOptions = {},
): Promise<Lock> {
  const end = performance.now() + (options.wait ?? 0);
  let told = false;
  for (;;) {
    const got = tryLock(directory, name, work);
    if (got) return got;
    const holder = lockHolder(directory, name) ?? 'another command';
    if (performance.now() >= end) throw fail('held', { what: name, holder });
    if (!told)
      (options.sink ?? silent)({
        event: 'notice',
        level: 'info',
        message: `Waiting: ${name} is in use by ${holder}`,
      });
    told = true;
    await sleep(100, undefined, { signal: options.signal });
  }
}

/** Who took the lock last, as text; meaningful only while it is held. */
function lockHolder(directory: string, name: string): string | undefined {
  const row = holderOf(directory, name);
  return row && `${row.work} (process ${row.pid}, since ${row.since})`;
}

/** The same in parts. `since`: ISO time; no other holder has the same. */
export function holderOf(
  directory: string,
  name: string,
): { pid: number; work: string; since: string } | undefined {
  try {
    using db = new DatabaseSync(join(directory, `${name}.lock`), { readOnly: true, timeout: 1000 });
    return db.prepare('SELECT pid, work, since FROM holder').get() as
      { pid: number; work: string; since: string } | undefined;
  } catch {
    return undefined;
  }
}

/** Whether somebody holds the lock now. Looks only: makes no file and leaves the holder's description alone. */
export function isLocked(directory: string, name: string): boolean {
  const file = join(directory, `${name}.lock`);
  if (!existsSync(file)) return false;
  using db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec('BEGIN IMMEDIATE');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    // Of an empty file on a full disk: whoever made it could not take it either.
    if (isFull(error)) return false;
    throw error;
  }
}

/** On a full disk the holder cannot be written; the lock itself takes no space, and gc needs it to make some. */
function lockWithoutWord(db: DatabaseSync, directory: string, name: string): boolean {
  try {
    if (db.isTransaction) db.exec('ROLLBACK');
    db.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    db.close();
    // A new file has no page yet that could be locked.
    throw isFull(error) ? fail('full', { directory, name }, { cause: error }) : error;
  }
}

/** The holder before ended with its work, and took the file along: SQLITE_READONLY_DBMOVED. */
function isRemoved(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === 1032;
}

function isFull(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === 13; // SQLITE_FULL
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === 5; // SQLITE_BUSY and its extended codes
}
