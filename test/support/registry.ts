import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { loadInstallation, type Installation } from '../../src/system/config.ts';

/** An installation of its own with an open registry; gone when disposed. */
export async function temporaryInstallation(): Promise<
  AsyncDisposable & { installation: Installation; database: Database }
> {
  const root = mkdtempSync(join(tmpdir(), 'slipway-root-'));
  const installation = loadInstallation(root);
  const database = await openDatabase(installation.paths.database);
  return {
    installation,
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
