import { clear, type ClearReport } from '../../image/clear.ts';
import { Catalog } from '../../image/catalog.ts';
import { bytes } from '../../cli/render/text.ts';
import { openDatabase } from '../../db/database.ts';
import { inUse, rootsOf } from '../../operations/engine.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import type { Session } from '../session.ts';

/** Entry 9: tells what would go, asks, and only then removes it. */
export async function clearImage(session: Session): Promise<void> {
  const planned = await run(session, true);
  const lines = report(planned);
  for (const line of staying(planned)) session.tell(line);
  if (lines.length === 0) return session.tell('Nothing is broken, nothing is left over.');
  session.say('', '   This would be removed:');
  for (const line of lines) session.tell(`   ${line}`);
  const broken = [...new Set(planned.broken.map(({ name }) => name))];
  const name =
    broken.length < 2
      ? undefined
      : await session.ask.choose<string | undefined>({
          message: 'What of it?',
          choices: [
            { value: undefined, label: 'All of it' },
            ...broken.map((value) => ({ value, label: value, hint: 'only what is broken of this image' })),
          ],
        });
  if (!(await session.ask.confirm(name === undefined ? 'Remove it?' : `Remove what is broken of ${name}?`)))
    return;
  for (const line of report(await run(session, false, name))) session.done(`removed ${line}`);
  session.same('image', 'clear', ...(name === undefined ? [] : [name]), '--force');
}

/** What goes, a line each. */
function report({ broken, directories, leftovers }: ClearReport): string[] {
  const blobs = leftovers.blobs.length + leftovers.temporary.length;
  return [
    ...broken.map(({ name, generation }) => `${name}:${generation}, which is broken`),
    ...directories.filter(({ stays }) => stays === undefined).map(({ path, why }) => `${path}: ${why}`),
    ...(blobs > 0 ? [`${blobs} files that nothing needs, ${bytes(leftovers.bytes)}`] : []),
  ];
}

function staying({ inUse: used, mounted, directories }: ClearReport): string[] {
  return [
    ...used.map(
      ({ generation: g, nodes }) => `${g.name}:${g.generation} is broken, but ${foldBriefly(nodes)} need it.`,
    ),
    ...mounted.map(({ name, generation }) => `${name}:${generation} is broken, but mounted.`),
    ...directories.flatMap(({ path, stays }) => (stays === undefined ? [] : [`${path} stays: ${stays}.`])),
  ];
}

async function run(session: Session, dryRun: boolean, name?: string): Promise<ClearReport> {
  return await session.work(async ({ installation, sink, signal }) => {
    const catalog = await Catalog.open(installation.paths);
    await using database = await openDatabase(installation.paths.database);
    const engine = { db: database.db, catalog };
    return await clear(catalog, inUse(engine), { dryRun, name, roots: await rootsOf(engine), sink, signal });
  });
}
