import { autoclean } from '../cli/autoclean.ts';
import { openDatabase } from '../db/database.ts';
import { Catalog } from '../image/catalog.ts';
import { sweepDemos } from '../image/corrupt.ts';
import { inUse } from '../operations/engine.ts';
import type { Session } from './session.ts';

/** Before each entry, as disklessset does it: what killed commands left goes, and demo images that are broken. */
export async function clean(session: Session): Promise<void> {
  if (!session.installation.config.autoclean) return;
  const removed = await session.work(async ({ installation, sink }) => {
    await autoclean(installation, sink);
    const catalog = await Catalog.open(installation.paths);
    const database = new AsyncDisposableStack();
    await using _ = database;
    return await sweepDemos(catalog, async () => {
      const { db } = database.use(await openDatabase(installation.paths.database));
      return inUse({ db, catalog });
    });
  });
  if (removed.length > 0) session.tell(`Removed, for they were broken: ${removed.join(', ')}`);
}
