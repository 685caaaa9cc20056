/** What rpm leaves beside its database, which differs from run to run. */
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import { DATABASES } from './releases.ts';

/**
 * Removes SQLite's shared memory and its log of changes, where that is empty: those of a database that
 * is closed. With entries it is part of the database.
 */
export async function tidyDatabases(sandbox: Sandbox): Promise<void> {
  for (const database of DATABASES) {
    const directory = await sandbox.path(database);
    const log = await lstat(join(directory, 'rpmdb.sqlite-wal')).catch(() => undefined);
    if (log && log.size > 0) continue;
    for (const name of ['rpmdb.sqlite-wal', 'rpmdb.sqlite-shm', '.rpm.lock'])
      await rm(join(directory, name), { force: true });
  }
}
