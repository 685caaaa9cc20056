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
  const { code, stderr } = await trial.stage.run([
    'bash',
    '--norc',
    '-ec',
    `cd ${trial.tree(node)}; ${script}`,
  ]);
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
    { timeout: 600_000 },
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

describe('a node is root in its tree', () => {
  /** A directory of this host that no tree may lead to, and what is in it afterwards. */
  const secretDirectory = () => {
    const secret = join(trial.directory, 'secret');
    mkdirSync(join(secret, 'ssh'), { recursive: true });
    for (const name of ['hostname', 'machine-id', 'passwd', 'shadow', 'ssh/ssh_host_rsa_key', 'both'])
      writeFileSync(join(secret, name), 'HOST-SECRET\n');
    return secret;
  };
  const everything = async (directory: string) =>
    (await trial.stage.run(['sh', '-ec', `cd ${directory}; find . -printf '%p %i %T@ %C@ %s\n' | sort; cat hostname ssh/* both`])).stdout; // prettier-ignore
  const found = async (directory: string) =>
    (await trial.stage.run(['grep', '--recursive', '--files-with-matches', '--text', 'HOST-SECRET', directory])).stdout; // prettier-ignore

  test('its links lead nowhere', async () => {
    await open({ kind: 'overlay' });
    await add('n1');
    const secret = secretDirectory();
    const before = await everything(secret);
    await change('n1', `
      rm -r etc opt usr/share; ln -s ${secret} etc; ln -s ${secret} opt; ln -s ../../../../../../../..${secret} usr/share; mkdir -p var; ln -s ${secret} var/log; ln -s ${secret} tmp
      ln -s ${secret}/shadow file; mkdir -p root; ln -s ${secret} root/.cache; mkdir new; ln -s ${secret}/both new/both
    `); // prettier-ignore
    expect(await diff('n1', '--all')).toEqual(expect.arrayContaining(['changed /etc (type)', 'removed /etc/conf', 'added /file', 'changed /usr/share (type)'])); // prettier-ignore
    await trial.stage.ok('nfs', 'snapshot', 'n1', 'one', '-i', 'special');
    await trial.stage.ok('nfs', 'promote', 'n1', '-i', 'special', '--as', 'other');
    await trial.image({ more: second, erofs: true });
    expect((await refresh()).nodes[0]?.conflicts).toEqual(expect.arrayContaining(['/etc', '/opt']));
    await trial.stage.ok('nfs', 'restore', 'n1', 'one', '-i', 'special');
    expect(await inTree('n1', 'readlink etc file new/both')).toBe(
      `${secret}\n${secret}/shadow\n${secret}/both\n`,
    );
    await add('n3', 'other');
    expect(await inTree('n3', 'readlink etc file usr/share', 'other')).toContain(
      `${secret}\n${secret}/shadow\n`,
    );
    expect([await everything(secret), await found(trial.store)]).toEqual([before, '']);
  });

  test('a link in the place of a directory while it is looked at leads nowhere', async () => {
    await open({ kind: 'overlay' });
    await add('n1');
    const secret = secretDirectory();
    const before = await everything(secret);
    await change('n1', 'mkdir -p swap/ssh; echo mine > swap/ssh/ssh_host_rsa_key; echo mine > swap/both');
    const swapping = trial.stage.start(['sh', '-c', `cd ${trial.tree('n1')}; while :; do mv swap aside; ln -s ${secret} swap; rm swap; mv aside swap; done`]); // prettier-ignore
    try {
      for (let round = 0; round < 10; round++) {
        const name = `round${round}`;
        await trial.stage.ok('nfs', 'diff', 'n1', '-i', 'special');
        await trial.stage.ok('nfs', 'snapshot', 'n1', name, '-i', 'special');
      }
    } finally {
      swapping.stop();
      await swapping.done.catch(() => {});
    }
    expect([await everything(secret), await found(trial.store)]).toEqual([before, '']);
  }, 120_000);
});

test('what Slipway writes at each boot is no change, unless it is asked for; none of it is promoted', async () => {
  await open({ kind: 'overlay' });
  await trial.stage.ok('node', 'add', 'n1');
  await trial.stage.ok('nfs', 'add', '-n', 'n1', '-i', 'special');
  const { openDatabase } = await import('../src/db/database.ts');
  await using database = await openDatabase(trial.paths.database);
  const given = JSON.stringify({ files: { '/etc/site/token': 'sha256:1', '/opt/dir/inside': 'sha256:2' } });
  const session = {
    id: '0'.repeat(32), node_id: null, node_name: 'n1', mac: '', client: '10.0.0.2', image: 'special:1', digest: 'sha256:0', mode: 'nfs',
    pinned: '[]', created: Date.now(), expires: Date.now() + 1e6, stage: 'ready', given, token_hash: null, ended: null, uuid: null,
  }; // prettier-ignore
  await database.db.insertInto('boot_session').values(session).execute();
  await change('n1', `
    echo n1 > etc/hostname; echo 12 > etc/machine-id; echo nameserver > etc/resolv.conf; mkdir -p etc/site etc/ssh var/log var/cache/man; echo SECRET > etc/site/token
    echo given > opt/dir/inside; echo log > var/log/messages; echo key > etc/ssh/ssh_host_rsa_key; echo c > var/cache/man/index; echo real > etc/real
  `); // prettier-ignore
  const log = ['added /etc/ssh', 'added /var', 'added /etc/real', 'added /etc/ssh/ssh_host_rsa_key'];
  const found = await diff('n1');
  expect(found).toEqual(expect.arrayContaining(log));
  expect(found.filter((one) => /hostname|machine-id|resolv|site|inside/.test(one))).toEqual([]);
  expect(await diff('n1', '--all')).toEqual(expect.arrayContaining([...log, 'added /etc/hostname', 'added /etc/machine-id', 'added /etc/site', 'added /etc/site/token', 'changed /opt/dir/inside (size)'])); // prettier-ignore

  // It is up: nothing takes its tree away.
  const refused = await trial.stage.slipway('nfs', 'promote', 'n1', '-i', 'special', '--refresh');
  expect([refused.code, refused.last.code]).toEqual([1, 'nfs/booted']);
  expect(await trial.stage.fails('nfs', 'refresh', '-n', 'n1', '-i', 'special', '--drop')).toBe(
    '1 nfs/booted',
  );
  await trial.stage.ok('nfs', 'snapshot', 'n1', 'one', '-i', 'special');
  expect(await trial.stage.fails('nfs', 'restore', 'n1', 'one', '-i', 'special')).toBe('1 nfs/booted');
  const live = await trial.stage.slipway('nfs', 'promote', 'n1', '-i', 'special', '--as', 'live');
  expect(JSON.stringify(live.lines)).toContain('may be taken half written');

  // The node keeps of its own what is not in the new generation.
  const before = await manifest('n1');
  const promoted = await trial.stage.ok<Promoted>(
    'nfs',
    'promote',
    'n1',
    '-i',
    'special',
    '--refresh',
    '--force',
  );
  expect(promoted).toMatchObject({ generation: { name: 'special', generation: 2 }, refreshed: true });
  expect(differing(before, await manifest('n1'))).toEqual([[], []]);
  expect(await diff('n1')).not.toContain('added /etc/real');
  expect(await diff('n1')).toContain('added /etc/ssh/ssh_host_rsa_key');
  await add('n2');
  const other = await inTree('n2', 'cat etc/real opt/dir/inside; find etc/hostname etc/machine-id etc/site etc/ssh/ssh_host_rsa_key var/log/messages var/cache/man/index 2>/dev/null || :'); // prettier-ignore
  expect(other).toBe('real\nold\n');
  expect(await trial.stage.fails('nfs', 'promote', 'n1', '-i', 'special', '--refresh', '--as', 'other')).toBe('2 nfs/other-image'); // prettier-ignore
  await trial.stage.ok('nfs', 'refresh', '-n', 'n1', '-i', 'special', '--drop', '--force');
  expect(await trial.stage.fails('nfs', 'promote', 'n1', '-i', 'special')).toBe('1 nfs/no-changes');
});

test('nodes without a tree are named, and nothing is done', async () => {
  await open({ kind: 'overlay' });
  await add('n[1-3]');
  await trial.image({ more: second, erofs: true });
  const refused = await trial.stage.slipway('nfs', 'refresh', '-n', 'n[2-5]', '-i', 'special');
  expect(refused).toMatchObject({ code: 2, last: { code: 'nfs/not-in-image', what: 'There is no tree of special for n[4-5]' } }); // prettier-ignore
  expect(await trial.stage.ok('nfs', 'ls')).toMatchObject([{ generation: 1 }, { generation: 1 }, { generation: 1 }]); // prettier-ignore
  for (const words of [
    ['diff', 'n9'],
    ['snapshot', 'n9'],
    ['promote', 'n9'],
    ['restore', 'n9', 'x'],
  ])
    expect(await trial.stage.fails('nfs', ...words, '-i', 'special')).toBe('2 nfs/not-in-image');
  expect(await trial.stage.fails('nfs', 'snapshot', 'n1', '../x', '-i', 'special')).toMatch(/^2 /);
  expect(await trial.stage.fails('nfs', 'refresh', '-n', 'n1', '-i', 'special', '--keep', '--drop')).toBe('2 cli/usage'); // prettier-ignore
  const done = await trial.stage.ok<Refreshed>('nfs', 'refresh', '-n', 'n[1-3]', '-i', 'special');
  expect(done.nodes.map(({ node, conflicts }) => [node, conflicts])).toEqual([['n1', []], ['n2', []], ['n3', []]]); // prettier-ignore
  expect(await inTree('n2', 'cat opt/new/file')).toBe('new\n');
});
