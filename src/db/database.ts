/** The registry's database: one SQLite file, 0600, brought to the present schema when it is opened. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, Migrator } from 'kysely';
import { SlipwayError } from '../system/errors.ts';
import { lock } from '../system/lock.ts';
import { startCheckpoints } from './checkpoint.ts';
import { BUSY_TIMEOUT, explainedAs, fail } from './errors.ts';
import { migrations } from './migrations/index.ts';
import { NodeSqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type { Tables } from './tables.ts';

const MIGRATION_WAIT = 60_000;

/** Queries of the registry, inside or outside of a transaction. */
export type Db = Kysely<Tables>;

export interface Database extends AsyncDisposable {
  readonly db: Db;
  /** Changes whenever another process committed something: cheap to ask. */
  version(): number;
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * `full` (default): a commit survives a power cut. `normal`: the last ones may
   * be lost, never torn; for the server, whose boot records come in storms.
   */
  durability?: 'full' | 'normal';
}

/**
 * Opens `file`, makes it where it is missing, and applies the migrations it lacks
 * (all or none, also when two commands open it at once). Once per process: a second
 * connection that waits for a transaction of the first stops the event loop for both.
 * @throws SlipwayError `db/newer`, `db/unusable`, `db/full`, `db/busy`
 */
export async function openDatabase(file: string, options: OpenOptions = {}): Promise<Database> {
  let raw: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    // SQLite would make it by the umask; its -wal and -shm take this file's mode.
    closeSync(openSync(file, 'a', 0o600));
    raw = new DatabaseSync(file, { timeout: BUSY_TIMEOUT, enableForeignKeyConstraints: true });
    raw.exec('PRAGMA journal_mode=WAL');
    // A thread writes the log back; if it cannot, we do, at 400 MB.
    if (options.durability === 'normal')
      raw.exec('PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=100000');
    else raw.exec('PRAGMA synchronous=FULL');
  } catch (cause) {
    raw?.close();
    throw (
      explainedAs(cause, file) ?? fail('unusable', { file, message: (cause as Error).message }, { cause })
    );
  }
  const connection = raw;
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(connection) });
  try {
    await migrate(connection, db, file);
  } catch (error) {
    await db.destroy();
    if (connection.isOpen) connection.close();
    throw error;
  }
  const dataVersion = connection.prepare('PRAGMA data_version');
  const checkpoints = options.durability === 'normal' ? startCheckpoints(file) : undefined;
  const close = async () => {
    await checkpoints?.[Symbol.asyncDispose]();
    await db.destroy();
    if (connection.isOpen) connection.close();
  };
  return {
    db,
    version: () => Number(dataVersion.get()?.['data_version']),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** `user_version` is the number of applied migrations: an up-to-date file costs one look. */
async function migrate(raw: DatabaseSync, db: Db, file: string): Promise<void> {
  const known = Object.keys(migrations).length;
  const version = () => Number(raw.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version() === known) return;
  // Not SQLite's own lock: waiting for that would stop this process's event loop.
  using _lock = await lock(join(dirname(file), 'locks'), 'registry-schema', 'an upgrade of the registry', {
    wait: MIGRATION_WAIT,
  });
  const found = version();
  if (found === known) return;
  if (found > known) throw fail('newer', { file, found, known });
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof SlipwayError) throw error;
  if (error) throw fail('unusable', { file, message: (error as Error).message }, { cause: error });
  raw.exec(`PRAGMA user_version=${known}`);
}
