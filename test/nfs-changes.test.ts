/** What nodes change in their trees: found, brought onto another generation, saved, given back, made a generation. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { NodeDiff } from '../src/nfs/changes/diff.ts';
import type { Promoted } from '../src/nfs/changes/promote.ts';
import type { Refreshed } from '../src/nfs/changes/refresh.ts';
import { run } from '../src/system/process.ts';
import { MANIFEST } from './support/manifest.ts';
import { NfsTrial } from './support/nfs-trial.ts';

let trial: NfsTrial;
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

const sh = async (cwd: string, script: string) => await run(['bash', '--norc', '-ec', script], { cwd });

/** Generation 1: what can be changed in all ways. */
const first = async (tree: string) => {
  await sh(tree, `
    mkdir -p usr/share/replaced usr/share/gone/deep opt/dir; echo 1 > usr/share/replaced/a; echo 2 > usr/share/gone/deep/b
    echo file > usr/share/file; echo old > opt/dir/inside; echo link > opt/one; ln opt/one opt/two; ln opt/one usr/share/three
    echo conf > etc/conf; echo both > etc/both; echo touched > etc/touched; echo gone > etc/gone; chmod 700 opt
    setfattr -n security.selinux -v system_u:object_r:etc_t:s0 etc/conf
  `); // prettier-ignore
};
/** Generation 2: the same, and something of all kinds is new. */
const second = async (tree: string) => {
  await first(tree);
  await sh(tree, `
    echo golden > etc/both; echo golden > etc/touched; rm etc/gone; mkdir opt/new; echo new > opt/new/file
    echo golden > usr/share/gone/deep/b; chmod 711 opt; echo more >> opt/dir/inside; mkdir opt/mine; echo golden > opt/mine/theirs
  `); // prettier-ignore
};
/** What a node does: as root, in all ways. */
const CHANGES = `
  echo of-n1 > etc/both; chown 12:34 etc/both; chmod 6711 etc/both
  setfattr -n user.colour -v pale etc/conf; setfattr -n security.selinux -v system_u:object_r:passwd_file_t:s0 etc/conf
  cp etc/conf etc/capable2; setcap cap_net_admin+ep etc/capable2; setfacl -m u:33:r etc/capable2
  truncate -s 3M etc/sparse2; echo end >> etc/sparse2
  mknod dev-b b 8 1; mknod dev-c c 1 3; mkfifo pipe2
  printf x > "$(printf 'new\\nline')"; printf y > "$(printf 'not-utf8-\\377\\376')"; mkdir "$(printf 'dir\\n\\033[31m')"
  rm -r usr/share/replaced; echo now-a-file > usr/share/replaced
  rm usr/share/file; mkdir usr/share/file; echo now-a-directory > usr/share/file/x
  rm -r opt/dir; mkdir opt/dir; echo only > opt/dir/own
  rm -r usr/share/gone
  echo written >> opt/one
  echo a > hard-a; ln hard-a hard-b; ln etc/suid suid-again
  ln -s /etc/shadow outside; ln -sfn ../../../../../../../../etc etc/up
  mkdir -p opt/mine/deep; echo m > opt/mine/deep/file
`;

const KINDS = [
  { kind: 'overlay' },
  { kind: 'copy' },
  { kind: 'reflink', mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'], type: 'xfs' },
  { kind: 'btrfs', mkfs: ['mkfs.btrfs', '-q'], type: 'btrfs' },
];
const open = async ({ kind, mkfs, type }: { kind: string; mkfs?: string[]; type?: string }) => {
  trial = await NfsTrial.open(`trees: ${kind}`);
  if (mkfs) await trial.storeOn(mkfs, '400M', type ?? '');
  await trial.image({ more: first, erofs: true });
};
const inTree = async (node: string, script: string, image = 'special') =>
  (await trial.stage.run(['bash', '--norc', '-ec', `cd ${trial.tree(node, image)}; ${script}`])).stdout;
const change = async (node: string, script: string) => {
  const { code, stderr } = await trial.stage.run(['bash', '--norc', '-ec', `cd ${trial.tree(node)}; ${script}`]);
  if (code !== 0) throw new Error(stderr);
};
const manifest = async (node: string, image?: string) => (await inTree(node, MANIFEST, image)).split('\n');
const add = async (nodes: string, image = 'special') =>
  await trial.stage.ok('nfs', 'add', '-n', nodes, '-i', image, '--unregistered');
const diff = async (node: string, ...words: string[]) =>
  (await trial.stage.ok<NodeDiff>('nfs', 'diff', node, '-i', 'special', ...words)).files.map(
    ({ change: how, path, aspects }) => `${how} ${path}${aspects ? ` (${aspects.join(', ')})` : ''}`,
  );
const refresh = async (...words: string[]) =>
  await trial.stage.ok<Refreshed>('nfs', 'refresh', '-n', 'n1', '-i', 'special', ...words);
/** Lines that one has and the other has not. */
const differing = (a: string[], b: string[]): [string[], string[]] => [
  a.filter((line) => !b.includes(line)),
  b.filter((line) => !a.includes(line)),
];

describe.each(KINDS)('$kind', (kind) => {
  test(
    'everything is found, saved and given back, kept over a refresh, promoted',
    { timeout: 180_000 },
    async () => {
      await open(kind);
      await add('n[1-2]');
      const golden = await manifest('n2');
      expect(await diff('n1')).toEqual([]);
      await change('n1', CHANGES);
      const mine = await manifest('n1');
      expect(mine).not.toEqual(golden);
      expect(await inTree('n1', 'cat opt/two usr/share/three')).toBe('link\nwritten\nlink\nwritten\n');

      const changes = await diff('n1');
      expect(changes).toEqual(expect.arrayContaining([
      'changed /etc/both (mode, owner, size)', 'changed /etc/conf (xattrs)', 'added /etc/capable2', 'added /dev-b', 'added /new\\x0aline',
      'added /not-utf8-\\xff\\xfe', 'added /dir\\x0a\\x1b[31m', 'changed /usr/share/replaced (type)', 'removed /usr/share/replaced/a', 'changed /usr/share/file (type)',
      'removed /opt/dir/inside', 'added /opt/dir/own', 'removed /usr/share/gone', 'removed /usr/share/gone/deep/b', 'changed /opt/one (size)', 'changed /opt/two (size)',
      'changed /usr/share/three (size)', 'added /outside', 'added /etc/up', 'added /hard-b',
    ])); // prettier-ignore
      expect(changes).not.toContainEqual(expect.stringContaining('/etc/touched'));
      expect(await diff('n2')).toEqual([]);

      // Saved, everything lost, given back.
      expect(await trial.stage.ok('nfs', 'snapshot', 'n1', 'before', '-i', 'special')).toMatchObject({ name: 'before', generation: 1 }); // prettier-ignore
      expect(await trial.stage.fails('nfs', 'snapshot', 'n1', 'before', '-i', 'special')).toBe('2 nfs/snapshot-exists'); // prettier-ignore
      await refresh('--drop');
      expect(differing(golden, await manifest('n1'))).toEqual([[], []]);
      await trial.stage.ok('nfs', 'restore', 'n1', 'before', '-i', 'special');
      expect(differing(mine, await manifest('n1'))).toEqual([[], []]);
      expect(await diff('n1')).toEqual(changes);

      // As an image of its own: what another node gets of it is the same.
      const promoted = await trial.stage.ok<Promoted>(
        'nfs',
        'promote',
        'n1',
        '-i',
        'special',
        '--as',
        'other',
      );
      expect(promoted).toMatchObject({ from: { name: 'special', generation: 1 }, generation: { name: 'other', generation: 1, tags: ['latest'] }, refreshed: false }); // prettier-ignore
      expect(promoted.changes).toBe(changes.length);
      await add('n3', 'other');
      expect(differing(mine, await manifest('n3', 'other'))).toEqual([[], []]);

      // Onto a newer generation.
      await trial.image({ more: second, erofs: true });
      await change('n1', 'exec 3>>etc/touched; exec 3>&-');
      const listed = await refresh('--list');
      expect(listed).toMatchObject({ dryRun: true, image: { generation: 2 }, nodes: [{ node: 'n1', from: 1, already: false }] }); // prettier-ignore
      expect(differing(mine, await manifest('n1'))).toEqual([[], []]);
      const done = await refresh();
      expect(done.nodes).toEqual(listed.nodes);
      expect(done.nodes[0]?.conflicts).toEqual(['/etc/both', '/opt/dir/inside', '/usr/share/gone']);
      const see = 'cat etc/both etc/touched opt/new/file opt/mine/theirs opt/mine/deep/file opt/dir/own; ls -d etc/gone opt/dir/inside usr/share/gone 2>/dev/null || :; stat -c %a opt'; // prettier-ignore
      expect(await inTree('n1', see)).toBe('of-n1\ngolden\nnew\ngolden\nm\nonly\n711\n');
      const [lost, got] = differing(mine, await manifest('n1'));
      expect(lost.filter((line) => !/etc\/(touched|gone)|\.\/opt d/.test(line))).toEqual([]);
      expect(got.filter((line) => !/etc\/touched|opt\/(new|mine\/theirs)|\.\/opt d/.test(line))).toEqual([]);
      expect((await refresh()).nodes).toEqual([{ node: 'n1', from: 2, already: true, conflicts: [] }]);

      // Back to the first generation, which the snapshot holds.
      await trial.stage.ok('nfs', 'refresh', '-n', 'n2', '-i', 'special');
      expect(await trial.child(undefined, 'rmtree', 'special:1')).toContain('snapshot before of n1');
      expect(await trial.stage.ok('nfs', 'restore', 'n1', 'before', '-i', 'special')).toMatchObject({ generation: 1 }); // prettier-ignore
      expect(differing(mine, await manifest('n1'))).toEqual([[], []]);
      await trial.stage.ok('nfs', 'snapshot', 'n1', '-i', 'special', '--rm', 'before');
      expect(await trial.stage.ok('nfs', 'snapshot', 'n1', '-i', 'special', '--list')).toEqual([]);
      expect(await trial.stage.fails('nfs', 'restore', 'n1', 'before', '-i', 'special')).toBe('2 nfs/no-snapshot'); // prettier-ignore
      expect(
        (await trial.inStore()).filter((one) => /\/(work\/(changes|apply)|nodes.*\.tmp)/.test(one)),
      ).toEqual([]);
    },
  );
});
