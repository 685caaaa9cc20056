/** What nodes changed in their tree, as an upper directory, and put into another tree: the same for every kind. */
import { afterEach, expect, test } from 'vitest';
import { join } from 'node:path';
import { NfsTrial } from './support/nfs-trial.ts';

let trial: NfsTrial;
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

/** What a node can do to its tree; then what there is to see of it. Overlays count no links of directories. */
const CHANGE = `
echo new > etc/motd; echo more >> etc/hard1; rm etc/suid; rm -r sbin; mkdir sbin; echo s > sbin/s
rm etc/pipe; mkdir etc/pipe; echo deep > etc/pipe/deep; rm etc/shadow; echo file > etc/shadow
rm -r boot; ln -s ../../etc boot; chmod 700 etc/shared; chown 7:8 etc/capable; setcap cap_net_raw+ep etc/capable
setfattr -n user.a -v b usr/bin/noise; touch -d @1000000000.5 usr/bin; ln etc/motd etc/motd2; mknod etc/null c 1 3
printf x > "etc/$(printf 'odd\\n\\377name')"; truncate -s 5M etc/hole; setfacl -m u:33:r etc/motd
`;
const SEE = `
find . \\( -type d -printf '%P|d|%m|%U:%G|%T@\\n' -o -printf '%P|%y|%m|%U:%G|%s|%l|%n|%T@\\n' \\) | LC_ALL=C sort
find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2
getfattr -R -P -d -m '^(user|security|system)' . | grep -v '^$'
`;

test.each([
  { kind: 'overlay' },
  { kind: 'copy' },
  { kind: 'reflink', mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'], type: 'xfs' },
  { kind: 'btrfs', mkfs: ['mkfs.btrfs', '-q'], type: 'btrfs' },
])(
  '$kind: changes, over the shared tree and in a new one, make the same tree',
  { timeout: 120_000 },
  async (kind) => {
    trial = await NfsTrial.open(kind.mkfs ? '' : `trees: ${kind.kind}`);
    if (kind.mkfs) {
      await trial.storeOn(kind.mkfs, '400M', kind.type);
      if (kind.kind === 'reflink') await trial.configure('trees: reflink');
    }
    await trial.image();
    const { stage } = trial;
    expect(await trial.ok('add', 'special', 'n1')).toMatchObject({ kind: kind.kind });
    await stage.sh(`cd ${trial.tree('n1')}; ${CHANGE}`);
    const changed = await stage.sh(`cd ${trial.tree('n1')}; ${SEE}`);
    expect(changed).toContain('etc/pipe/deep');
    // As changes over the base, and as a tree made of both, of this kind and of others that can be here.
    for (const other of new Set([kind.kind, 'overlay', 'copy'])) {
      const at = join(trial.directory, `again-${other}`);
      expect(await trial.ok('again', 'special', 'n1', other, at)).toEqual({ kind: other });
      expect(await stage.sh(`cd ${at}; ${SEE}`), other).toBe(changed);
      await stage.sh(`umount ${at}`);
    }
    // Nothing is left of it, and the tree has not changed.
    expect(await stage.sh(`ls -A ${trial.store}/work | grep -v locks || true`)).toBe('');
    expect(await stage.sh(`cd ${trial.tree('n1')}; ${SEE}`)).toBe(changed);
  },
);

test('links in a tree lead nowhere: nothing of this host is in its changes', async () => {
  trial = await NfsTrial.open('trees: copy');
  await trial.image();
  const { stage } = trial;
  await trial.ok('add', 'special', 'n1');
  await stage.sh(
    `cd ${trial.tree('n1')}; rm -r etc; ln -s ${trial.directory}/secrets etc; mkdir usr/x; ln -s /etc/passwd usr/x/y`,
  );
  await stage.sh(`mkdir ${trial.directory}/secrets; echo secret > ${trial.directory}/secrets/s`);
  const at = join(trial.directory, 'again');
  await trial.ok('again', 'special', 'n1', 'copy', at);
  expect(await stage.sh(`readlink ${at}/etc ${at}/usr/x/y`)).toBe(
    `${trial.directory}/secrets\n/etc/passwd\n`,
  );
  expect(await stage.sh(`grep -rl secret ${trial.store} || true`)).toBe('');
  expect(await stage.sh(`cat ${trial.directory}/secrets/s; ls ${trial.directory}/secrets`)).toBe(
    'secret\ns\n',
  );
});

test('a kind that the file system cannot is refused with the reason', async () => {
  trial = await NfsTrial.open('trees: btrfs');
  await trial.image();
  const said = JSON.parse(await trial.child(undefined, 'add', 'special', 'n1').then((text) => text.split('\n')[0] ?? '')) as { code: string; why: string }; // prettier-ignore
  expect(said).toMatchObject({ code: 'nfs/no-kind', why: 'it is not on btrfs' });
  await trial.configure('trees: auto');
  await trial.storeOn(['mkfs.ext4', '-q'], '100M', 'ext4');
  expect(await trial.ok<{ reason: string }>('add', 'special', 'n1')).toMatchObject({ kind: 'overlay', reason: expect.stringContaining('btrfs: it is not on btrfs') as string }); // prettier-ignore
});
