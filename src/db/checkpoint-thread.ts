/**
 * The thread that moves what was committed from SQLite's log to its file. That takes
 * a tenth of a second at times, which whoever commits would have to wait for.
 */
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

/** Milliseconds between two looks. */
const INTERVAL = 1000;
/** Pages in the log from which on writers are made to wait, for a moment, so that it begins anew. */
const LONG = 50_000;

const db = new DatabaseSync(workerData as string, { timeout: 2000 });
db.exec('PRAGMA synchronous=NORMAL');
const passive = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const restart = db.prepare('PRAGMA wal_checkpoint(RESTART)');

setInterval(() => {
  try {
    const done = passive.get();
    if (Number(done?.['log']) > LONG) restart.get();
  } catch {
    // The disk may be full: the writers will say so.
  }
}, INTERVAL);
