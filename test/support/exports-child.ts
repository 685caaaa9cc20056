/** A process that changes exports of a stand-in for the kernel's server: exports-child.ts ROOT SERVER up|reconcile|storm COUNT|admit NODE CLIENT. */
import { admitClient } from '../../src/nfs/exports/admit.ts';
import { compareExports } from '../../src/nfs/exports/compare.ts';
import { reconcileExports } from '../../src/nfs/exports/reconcile.ts';
import { lendRegistry } from '../../src/nfs/exports/registry.ts';
import { attach } from '../../src/nfs/attach.ts';
import { nodeEntry, treeEntry } from '../../src/nfs/entries.ts';
import { listNodeTrees, listTrees } from '../../src/nfs/records.ts';
import { openDatabase } from '../../src/db/database.ts';
import { loadInstallation } from '../../src/system/config.ts';
import { SlipwayError } from '../../src/system/errors.ts';
import { silent } from '../../src/system/events.ts';

const [root = '', directory = '', work = '', count = '0'] = process.argv.slice(2);
const installation = loadInstallation(root);
const { paths } = installation;
const kernel = { directory: `${directory}/exports.d`, exportfs: `${directory}/exportfs` };
await using database = await openDatabase(paths.database);
using _ = lendRegistry(paths, database.db);
const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const codeOf = (error: unknown) => (error instanceof SlipwayError ? error.code : String(error));

try {
  if (work === 'up') {
    const [trees, nodes] = [await listTrees(paths), await listNodeTrees(paths)];
    const entries = [
      ...trees.map((digest) => treeEntry(paths, digest)),
      ...nodes.map((one) => nodeEntry(paths, one)),
    ];
    say(await attach(paths, entries));
  } else if (work === 'reconcile') {
    const { added, removed, problems } = await reconcileExports(installation, undefined, silent, undefined, { kernel }); // prettier-ignore
    const { ok } = await compareExports(installation, undefined, kernel);
    say({ added, removed, ok, problems: problems.map(({ node, problem }) => [node, problem]) });
  } else if (work === 'storm') {
    const nodes = Array.from({ length: Number(count) }, (__, i) => i + 1);
    const admit = async () =>
      await Promise.all(
        nodes.map(async (n) => {
          await admitClient(installation, { node: `s${n}`, state: true }, `10.2.${n >> 8}.${n & 255}`, silent, { kernel }); // prettier-ignore
        }),
      );
    await admit();
    await admit();
    say('admitted');
  } else if (work === 'admit') {
    const [node = '', client = ''] = process.argv.slice(5);
    await admitClient(installation, { node, image: 'compute' }, client, silent, { kernel });
    say('admitted');
  }
} catch (error) {
  say({ code: codeOf(error), why: error instanceof SlipwayError ? error.why : '' });
}
