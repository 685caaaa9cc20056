/** Mode readonly: what boots read of the shared tree is in the layer that nodes fetch in one piece, as far as there is room. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listPublications } from '../src/image/publications.ts';
import { listTree } from '../src/nfs/kinds/transfer.ts';
import { noteBootFiles } from '../src/nfs/private/boot-files.ts';
import { treeRoot } from '../src/nfs/store.ts';
import { run } from '../src/system/process.ts';
import { NfsTrial } from './support/nfs-trial.ts';

/** `sometimes` can be packed to a thousandth, `often` not at all. */
const READ = `
mkdir -p usr/lib/some etc/conf
head -c 3000000 /dev/urandom >usr/lib/often; head -c 9000000 /dev/zero | tr '\\0' x >usr/lib/sometimes
head -c 15000000 /dev/zero | tr '\\0' x >usr/lib/some/never
ln -s often usr/lib/link; echo 1 >etc/conf/a; echo 2 >etc/conf/b
echo secret >etc/key; chmod 600 etc/key
`;
const CONFIG = 'clients: [10.0.0.0/24]';

let trial: NfsTrial;
beforeEach(async () => {
  trial = await NfsTrial.open(CONFIG);
});
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

/** Publishes, and says what is in the layer, a path a line; directories with what makes them opaque. */
const publish = async () => {
  const { lines } = await trial.stage.slipway('publish', 'special', '--mode', 'readonly');
  const { publications } = await listPublications(trial.paths);
  const blob = String(publications[0]?.blobs['private']?.digest).replace(':', '/');
  const file = join(trial.paths.catalog, 'blobs', blob);
  const paths = await trial.stage.sh(`
    mkdir -p ${trial.directory}/layer; mount -t squashfs -o ro,loop ${file} ${trial.directory}/layer
    cd ${trial.directory}/layer; find . -printf '/%P\\n'
    find . -exec getfattr -n trusted.overlay.opaque {} + 2>/dev/null | sed -n 's,^# file: ,opaque /,p'
    cd /; umount ${trial.directory}/layer`);
  const warnings = lines.filter((line) => line['event'] === 'notice' && line['level'] === 'warning');
  return { paths: paths.split('\n'), warnings: warnings.map((line) => String(line['message'])) };
};

test('publishing takes what a boot test has noted, and leaves it where there is too little room', { timeout: 120_000 }, async () => {
  const { digest } = await trial.image({ more: async (tree) => void (await run(['sh', '-ec', `cd ${tree}\n${READ}`])) }); // prettier-ignore
  const before = await publish();
  expect(before.paths).toContain('/etc/key');
  expect(before.paths).not.toContain('/usr/lib/often');

  const tree = await listTree(treeRoot(trial.paths, digest));
  const files = ['/usr/lib/often', '/usr/lib/sometimes', '/usr/lib/link', '/etc/conf/a', '/gone'];
  expect(await noteBootFiles(trial.paths, 'special', tree, files)).toBe(4);
  const all = await publish();
  expect(all.warnings).toEqual([]);
  for (const path of ['/etc/key', '/usr/lib/often', '/usr/lib/sometimes', '/usr/lib/link', '/etc/conf/b'])
    expect(all.paths).toContain(path);
  expect(all.paths).not.toContain('/usr/lib/some/never');
  expect(all.paths.filter((path) => path.startsWith('opaque '))).toEqual(['opaque /etc']);

  await trial.configure(`${CONFIG}, preload: 5M`);
  const some = await publish();
  expect(some.paths).toContain('/usr/lib/often');
  expect(some.paths).not.toContain('/usr/lib/sometimes');
  await trial.configure(`${CONFIG}, preload: "0"`);
  expect((await publish()).paths).toEqual(before.paths);

  // What is private must be there, what only makes boots faster need not.
  await trial.configure(`${CONFIG}, private: 2M`);
  const full = await publish();
  expect(full.warnings).toEqual([expect.stringMatching(/stay on the NFS server: .* 2\.9 MiB/)]);
  expect(full.paths).toEqual(before.paths);
}); // prettier-ignore
