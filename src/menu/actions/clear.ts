import { clear } from '../../image/clear.ts';
import { Catalog } from '../../image/catalog.ts';
import { bytes } from '../../cli/render/text.ts';
import { openDatabase } from '../../db/database.ts';
import { inUse, rootsOf } from '../../operations/engine.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import type { Session } from '../session.ts';

/** Entry 9: tells what would go, asks, and only then removes it. */
export async function clearImage(session: Session): Promise<void> {
  const planned = await run(session, true);
  const { leftovers } = planned;
  const files = leftovers.blobs.length + leftovers.temporary.length;
  for (const { generation: g, nodes } of planned.inUse)
    session.tell(`${g.name}:${g.generation} is broken, but stays: ${foldBriefly(nodes)} need it.`);
  if (planned.broken.length === 0 && files === 0)
    return session.tell('Nothing is broken, nothing is left over.');
  session.say('', '   This would be removed:');
  for (const { name, generation } of planned.broken)
    session.say(`     ${session.style.red(`${name}:${generation}`)}, which is broken`);
  if (files > 0) session.say(`     ${files} files that nothing needs, ${bytes(leftovers.bytes)}`);
  if (!(await session.ask.confirm('Remove it?'))) return;
  const report = await run(session, false);
  for (const { name, generation } of report.broken) session.done(`removed ${name}:${generation}`);
  const freed = report.leftovers.blobs.length + report.leftovers.temporary.length;
  if (freed > 0) session.done(`removed ${freed} files, ${bytes(report.leftovers.bytes)}`);
  session.same('image', 'clear', '--force');
}

async function run(session: Session, dryRun: boolean) {
  return await session.work(async ({ installation, sink, signal }) => {
    const catalog = await Catalog.open(installation.paths);
    await using database = await openDatabase(installation.paths.database);
    const engine = { db: database.db, catalog };
    return await clear(catalog, inUse(engine), { dryRun, roots: await rootsOf(engine), sink, signal });
  });
}
