/** The errors of the registry's database, and what SQLite's own ones mean. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('db', {
  newer: {
    what: 'The registry {file} was written by a newer Slipway',
    why: 'Its schema is number {found}; this program knows up to {known}. Going on could lose what it does not know.',
    todo: 'Use the newer Slipway, or bring back a copy of the file from before the upgrade.',
  },
  unusable: {
    what: 'The registry {file} cannot be used: {message}',
    why: 'SQLite refuses the file: it is damaged, no database, or not writable.',
    todo: 'Check the file and its directory; restore it from a backup if it is damaged.',
  },
  full: {
    what: 'The disk with the registry {file} is full',
    why: 'Nothing was changed, and nothing is lost; even looking at the registry needs a little room beside it.',
    todo: 'Free some space (slipway image gc, where images are on the same disk), then run the command again.',
  },
  busy: {
    what: 'The registry {file} is being changed by another command',
    why: 'This command waited {seconds} seconds for it; nothing was changed.',
    todo: 'Run the command again when the other one has ended.',
  },
});

/** Milliseconds that a command waits for another one's transaction. */
export const BUSY_TIMEOUT = 10_000;

/** Less than this is full: SQLite makes its shared memory in pieces of 32 KiB. */
const ROOM = 64 * 1024;

/**
 * What an error of SQLite means for the user; nothing for errors of ours, such as a broken constraint.
 * Result codes: https://www.sqlite.org/rescode.html, the primary one in the low byte.
 */
export function explainedAs(error: unknown, file: string): Error | undefined {
  const { errcode, message } = error as { errcode?: number; message: string };
  const options = { cause: error };
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case 13: // SQLITE_FULL
      return fail('full', { file }, options);
    case 5: // SQLITE_BUSY
      return fail('busy', { file, seconds: BUSY_TIMEOUT / 1000 }, options);
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
      return isFull(file) ? fail('full', { file }, options) : fail('unusable', { file, message }, options);
    case 8: // SQLITE_READONLY
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return fail('unusable', { file, message }, options);
    default:
      return undefined;
  }
}

/** Runs `work` on a database, and explains what SQLite says. */
export function explaining<T>(db: DatabaseSync, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainedAs(error, db.location() ?? 'in memory') ?? error;
  }
}

function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < ROOM;
  } catch {
    return false;
  }
}
