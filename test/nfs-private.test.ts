/** Mode readonly: what others may not read of the shared tree is apart from it. What is in it, and what becomes of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cpio } from '../src/boot/cpio.ts';
import { Catalog } from '../src/image/catalog.ts';
import { estimate } from '../src/image/estimate-for.ts';
import { listPublications, writePublication, type Publication } from '../src/image/publications.ts';
import { wantedExports } from '../src/nfs/exports/wanted.ts';
import { treeRoot } from '../src/nfs/store.ts';
import { run } from '../src/system/process.ts';
import { NfsTrial } from './support/nfs-trial.ts';

let trial: NfsTrial;
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

const CONFIG = 'clients: [10.0.0.0/24]';
/** Things that nobody may use, with all that a file can have; and beside them what everybody may. */
const SECRETS = `
echo secret >etc/key; chmod 600 etc/key; ln etc/key etc/key2; chown 7:8 etc/key
echo program >usr/bin/helper; chown 0:9 usr/bin/helper; chmod 4754 usr/bin/helper
echo raw >usr/bin/ping; chmod 750 usr/bin/ping; setcap cap_net_raw+ep usr/bin/ping
echo all >usr/bin/mtr; chmod 755 usr/bin/mtr; setcap cap_net_raw+ep usr/bin/mtr
mkdir -p var/closed/deep root; chmod 711 var/closed; chmod 700 root
echo inside >var/closed/deep/file; ln -s ../../etc/key var/closed/link; mkfifo var/closed/pipe
echo 'name with
newline' >'var/closed/odd
name'
touch -d @1000000000 etc/key var/closed
setfattr -n user.of -v ancestor etc; setfattr -n user.of -v closed var/closed
setfattr -n security.selinux -v system_u:object_r:shadow_t:s0 etc/key
setfattr -n security.selinux -v system_u:object_r:var_t:s0 var
find . -newermt @1600000000 -exec touch -h -d @1600000000 {} +
`;
const secrets = async (tree: string) => void (await run(['sh', '-ec', `cd ${tree}\n${SECRETS}`]));
const withAcl = async (tree: string) => {
  await secrets(tree);
  await run(['setfacl', '-m', 'u:33:r,o::-', join(tree, 'etc/key')]);
  await run(['setfacl', '-d', '-m', 'u:33:r', join(tree, 'var/closed/deep')]);
  await run(['setfacl', '-m', 'u:33:rwx', join(tree, 'usr/bin')]);
};
/** All that there is to know of a tree. */
const EVERYTHING = `
find . -type d -printf '%P %y %m %U:%G\\n' | sort
find . ! -type d -printf '%P %y %m %U:%G %n %l\\n' | sort
find . -type f -printf '%P %s %T@\\n' | sort
find . -type f -exec sha256sum {} + | sort
getfattr -hRdm - -e hex . 2>/dev/null | grep -v '^trusted.overlay' | awk 'BEGIN { RS = "" } { gsub("\\n", "|"); print }' | sort
`;

const published = async (): Promise<Publication | undefined> =>
  (await listPublications(trial.paths)).publications.find(({ mode }) => mode === 'readonly');
const squashed = async () =>
  (await wantedExports(trial.installation, undefined, { clients: {} }))
    .map(({ squash }) => squash)
    .toSorted((a, b) => Number(a) - Number(b));
const publish = async () => await trial.stage.slipway('publish', 'special', '--mode', 'readonly');
const warned = (lines: Record<string, unknown>[]) =>
  lines.flatMap((line) =>
    line['event'] === 'notice' && line['level'] === 'warning' ? [String(line['message'])] : [],
  );

test.each([{ erofs: false }, { erofs: true }])(
  'what nobody can use of the tree, with the layer over it, is the whole tree (erofs: $erofs)',
  { timeout: 120_000 },
  async ({ erofs }) => {
    trial = await NfsTrial.open(CONFIG);
    const { stage } = trial;
    const { digest } = await trial.image({ erofs, more: erofs ? withAcl : secrets });
    const done = await stage.ok('publish', 'special', '--mode', 'readonly');
    const record = await published();
    expect(done).toMatchObject({ publication: { blobs: record?.blobs } });
    expect(record?.options).toMatchObject({ private: erofs ? 'erofs' : 'squashfs' });
    // key, key2, helper, ping, mtr, suid, capable, pipe of etc; file, link, pipe and odd name of closed.
    expect(record?.options['files']).toBe(12);
    expect(await squashed()).toEqual([true]);

    const layer = join(
      trial.paths.catalog,
      'blobs',
      String(record?.blobs['private']?.digest).replace(':', '/'),
    );
    const [tree, dir] = [treeRoot(trial.paths, digest), join(trial.directory, 'over')];
    // What NFS gives to nobody, as if there were nothing else.
    await stage.sh(`
      mkdir ${dir}; cd ${dir}; mkdir nfs layer merged; mount -o bind,ro ${tree} /mnt
      setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all --bounding-set=-all \\
        tar -C /mnt --create --ignore-failed-read --xattrs '--xattrs-include=user.*' . 2>/dev/null >tar || :
      tar -C nfs --extract --xattrs '--xattrs-include=user.*' <tar
      find nfs -name 'key*' -size +0 | grep . && exit 1
      mount -t ${erofs ? 'erofs' : 'squashfs'} -o ro,loop ${layer} layer
      mount -t overlay -o lowerdir=layer:nfs none merged`);
    const whole = await stage.sh(`cd ${tree}; ${EVERYTHING}`);
    expect(whole).toContain('usr/bin/helper f 4754 0:9 1');
    expect(whole).toContain('security.capability');
    if (erofs) expect(whole).toContain('system.posix_acl_default');
    expect(await stage.sh(`cd ${dir}/merged; ${EVERYTHING}`)).toBe(whole);
    // Of what is private the server is asked nothing.
    const closed = await stage.sh(
      `cd ${dir}/nfs; mkdir -p var/closed; echo x >var/closed/of-the-server; cd ../merged; ls var/closed`,
    );
    expect(closed).not.toContain('of-the-server');
    await stage.sh(`cd ${dir}; umount merged layer /mnt`);

    // Once more it is the same, to the byte.
    expect(await stage.ok('publish', 'special', '--mode', 'readonly')).toMatchObject({ cached: true });
    expect((await published())?.blobs).toEqual(record?.blobs);
    const catalog = await Catalog.open(trial.paths);
    expect(await estimate(catalog, 'special', { mode: 'readonly' })).toMatchObject({ layers: 1 });
  },
);

test('publications of before, the setting, gc and verify', { timeout: 180_000 }, async () => {
  trial = await NfsTrial.open(CONFIG);
  const { stage } = trial;
  await trial.image({ more: secrets });
  await stage.ok('publish', 'special', '--mode', 'readonly');
  const now = await published();
  const digest = String(now?.blobs['private']?.digest);
  if (!now) throw new Error('no record');
  const blobs = join(trial.paths.catalog, 'blobs/sha256');
  const there = async () => (await stage.sh(`ls ${blobs}`)).includes(digest.slice(7));

  // As the version before left it: nodes go on being root in the tree, until it is published again.
  const { private: _, files: __, ...options } = now.options;
  await writePublication(trial.paths, { ...now, blobs: {}, options, key: 'of before' });
  expect(await squashed()).toEqual([false]);
  await stage.ok('nfs', 'up');
  const again = await publish();
  expect(warned(again.lines)).toEqual([expect.stringContaining('until they boot again')]);
  expect(again.last).toMatchObject({ cached: false });
  expect(await squashed()).toEqual([true]);
  expect(warned((await publish()).lines)).toEqual([]);

  await trial.configure(`${CONFIG}, squash: false`);
  await publish();
  expect([(await published())?.blobs, await squashed()]).toEqual([{}, [false]]);
  await stage.ok('image', 'gc', '--grace', '0');
  expect(await there()).toBe(false);
  await trial.configure(CONFIG);
  await publish();
  await stage.ok('image', 'gc', '--grace', '0');
  expect(await there()).toBe(true);

  // Damage is found, and mended by publishing again.
  expect((await stage.slipway('image', 'verify', 'special')).code).toBe(0);
  await stage.sh(
    `cd ${blobs}; chmod u+w ${digest.slice(7)}; printf x | dd of=${digest.slice(7)} conv=notrunc 2>&1`,
  );
  const verified = await stage.slipway('image', 'verify', 'special');
  expect(verified.code).toBe(1);
  expect(JSON.stringify(verified.last)).toContain('private of mode readonly');
  await publish();
  expect((await stage.slipway('image', 'verify', 'special')).code).toBe(0);

  // The next generation as this one; nothing of either stays.
  await trial.image({ more: secrets, bytes: 1000 });
  await stage.ok('publish', 'special:2', '--mode', 'readonly');
  expect(await squashed()).toEqual([true, true]);
  for (const ref of ['special:1', 'special:2']) await stage.ok('unpublish', ref, '--mode', 'readonly');
  await stage.ok('image', 'gc', '--grace', '0');
  expect([await there(), await squashed()]).toEqual([false, []]);
});

test('too much of it is refused, with where it is', { timeout: 60_000 }, async () => {
  trial = await NfsTrial.open(`${CONFIG}, private: 1M`);
  const noise = (count: number) => async (tree: string) =>
    void (await run(['sh', '-ec', `cd ${tree}; mkdir -m 700 home; head -c ${count} /dev/urandom >home/big; head -c 9000 /dev/urandom >etc/key; chmod 600 etc/key`])); // prettier-ignore
  for (const count of [2 << 20, 30 << 20]) {
    await trial.image({ more: noise(count), bytes: count });
    const { code, last } = await publish();
    expect([code, last.code, await published()]).toEqual([1, 'nfs/private-large', undefined]);
    expect(last.why).toMatch(/in \/home \([\d.]+ MiB\), \/etc \(\d+ KiB\)/);
  }
  await trial.configure(`${CONFIG}, private: 40M`);
  expect((await publish()).code).toBe(0);
});

test(
  'an initramfs that knows nothing of it gets a tree in which root is root',
  { timeout: 60_000 },
  async () => {
    trial = await NfsTrial.open(CONFIG);
    const names = ['nfs.sh', 'private.sh'].map((name) => `usr/lib/slipway/${name}`);
    const kernel = ['nfs', 'nfsv3', 'nfsv4'].map((name) => `lib/modules/6.1.0/kernel/fs/nfs/${name}.ko`);
    const archive = (files: string[]) => cpio(files.map((path) => ({ path, mode: 0o644, content: '' })));
    await trial.image({ initramfs: archive([...names.slice(0, 1), ...kernel]) });
    const { code, lines } = await publish();
    expect([code, (await published())?.blobs, await squashed()]).toEqual([0, {}, [false]]);
    expect(warned(lines)).toEqual([expect.stringContaining('Build the image again')]);
    await trial.image({ initramfs: archive([...names, ...kernel]) });
    await publish();
    expect(await squashed()).toEqual([false, true]);
  },
);

/** All moments are tried with SLIPWAY_TEST_ALL=1; else some. */
const STRIDE = process.env['SLIPWAY_TEST_ALL'] ? 1 : 13;

test(
  'killed at any moment of publishing: it is published or not, and the next time whole',
  { timeout: 240_000 },
  async () => {
    trial = await NfsTrial.open(CONFIG);
    await trial.image({ more: secrets });
    const total = Number(/operations (\d+)/.exec(await trial.child(undefined, 'publish', 'special'))?.[1]);
    expect(total).toBeGreaterThan(20);
    const whole = await published();
    const file = join(trial.paths.published, (await trial.stage.sh(`ls ${trial.paths.published}`)).trim());
    const text = readFileSync(file, 'utf8');
    let half = 0;
    for (let n = 1; n <= total; n += STRIDE) {
      await trial.stage.ok('unpublish', 'special', '--mode', 'readonly');
      await trial.stage.ok('image', 'gc', '--grace', '0');
      expect(await trial.child(n, 'publish', 'special'), `killed at ${n}`).toBe('killed');
      const found = await published();
      if (found) expect(found.blobs, `killed at ${n}`).toEqual(whole?.blobs);
      else half++;
      expect(await squashed(), `killed at ${n}`).toEqual(found ? [true] : []);
      expect((await publish()).code, `killed at ${n}`).toBe(0);
      expect((await published())?.blobs, `killed at ${n}`).toEqual(whole?.blobs);
      expect((await trial.stage.sh(`ls ${trial.paths.work}`)).split('\n').filter((one) => one.startsWith('private-')), `killed at ${n}`).toEqual([]); // prettier-ignore
    }
    expect(half).toBeGreaterThan(0);
    // A record that was cut short is none.
    writeFileSync(file, text.slice(0, 99));
    expect(await squashed()).toEqual([]);
  },
);
