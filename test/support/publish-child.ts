/** A process that publishes, for tests that kill it or starve it: publish-child.ts ROOT WORK. */
import { Catalog } from '../../src/image/catalog.ts';
import { resize } from '../../src/image/resize.ts';
import { addMode } from '../../src/modes/index.ts';
import type { Mode } from '../../src/modes/mode.ts';
import { publish, unpublish } from '../../src/modes/publish.ts';
import { loadInstallation } from '../../src/system/config.ts';
import { silent } from '../../src/system/events.ts';
import { demo } from '../../src/modes/demo.ts';

/** Makes a blob of what it is asked for. */
const trial: Mode = {
  ...demo,
  name: 'trial',
  takes: ['size'],
  publish: async ({ catalog, options: { size = '' } }) => ({
    key: size,
    options: { size },
    blobs: { root: await catalog.putBlob(`root of ${size}`) },
  }),
};
addMode(trial);

const [root = '', work = ''] = process.argv.slice(2);
const installation = loadInstallation(root);
const catalog = await Catalog.open(installation.paths);
const publisher = { installation, catalog, sink: silent };

if (work === 'publish') {
  await publish(publisher, 'a', 'trial', { size: 'one' });
  await publish(publisher, 'a', 'trial', { size: 'two' });
  await unpublish(publisher, 'a', 'trial', async () => []);
} else {
  // On a full disk: prints the code of the error.
  const tried =
    work === 'resize' ? resize(catalog, 'special', '200M') : publish(publisher, 'special', 'livenet');
  const code = await tried.then(
    () => 'done',
    (error: { code?: string; stack?: string }) => error.code ?? error.stack ?? '',
  );
  process.stdout.write(JSON.stringify({ code, list: await catalog.list() }));
}
