/** A process that works on a catalog, for tests with several of them: catalog-child.ts ROOT WORK [NAME]. */
import { Catalog } from '../../src/image/catalog.ts';
import { gc } from '../../src/image/gc.ts';
import { rm } from '../../src/image/rm.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { publish } from './catalog.ts';

const [root = '', work = '', name = ''] = process.argv.slice(2);
const catalog = await Catalog.open(pathsUnder(root));

if (work === 'everything') {
  await publish(catalog, 'a', { layers: ['base', 'second'] }, ['gold']);
  await rm(catalog, 'a:1', () => Promise.resolve([]));
  await gc(catalog, { grace: 0 });
} else if (work === 'publish') {
  for (let i = 0; i < 8; i++) {
    await publish(catalog, 'a', { layers: ['base', `${name} ${i}`] }, [name]);
    await gc(catalog, { grace: 60 });
  }
} else if (work === 'fill') {
  // Until the disk is full; then a generation goes, and there is room again.
  try {
    for (let i = 0; ; i++) await publish(catalog, 'a', { layers: ['base', Buffer.alloc(100_000, `${i} `)] });
  } catch (error) {
    const before = await catalog.list();
    await rm(catalog, 'a:1', () => Promise.resolve([]));
    const freed = await gc(catalog, { grace: 0 });
    const after = await publish(catalog, 'a', { layers: ['base', 'small'] });
    const { code, message } = error as { code?: string; message: string };
    process.stdout.write(JSON.stringify({ code, message, before, freed, after, list: await catalog.list() }));
  }
}
