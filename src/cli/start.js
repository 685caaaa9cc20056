// Entry of the command line. Plain JavaScript: it switches the compile cache on
// before the first TypeScript file is loaded, which halves the start time.
import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';

const checkout = dirname(dirname(import.meta.dirname));
const directory = compileCache();
if (directory) enableCompileCache(directory);
const { main } = await import('./main.ts');
await main(process.argv.slice(2));

/** The first place where nobody can plant code who could not change this program anyway. */
function compileCache() {
  const places = [join(checkout, 'node_modules/.cache/slipway')];
  if (process.env.SLIPWAY_ROOT || process.getuid?.() === 0)
    places.push(join(process.env.SLIPWAY_ROOT || '/', 'var/cache/slipway/compile'));
  return places.find((place, i) => {
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const cache = lstatSync(place);
      const trusted = i === 0 ? lstatSync(import.meta.dirname).uid : process.getuid?.();
      return (
        cache.isDirectory() &&
        (cache.mode & 0o022) === 0 &&
        (cache.uid === trusted || cache.uid === process.getuid?.())
      );
    } catch {
      return false;
    }
  });
}
