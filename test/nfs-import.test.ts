/** Root trees that other programs made, as images and trees of nodes: of BlueBanquise, of any NFS server. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BlueBanquise, HASH } from '../src/bluebanquise/fixture.ts';
import { readNodeTree } from '../src/nfs/records.ts';
import { nodeData } from '../src/nfs/store.ts';
import { NfsTrial } from './support/nfs-trial.ts';
import { tinyTree } from './support/tiny.ts';

let there: BlueBanquise;
let trial: NfsTrial;
beforeEach(async () => {
  there = await BlueBanquise.open();
  trial = await NfsTrial.open();
});
afterEach(async () => {
  await trial[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const run = (...[program = '', ...args]: string[]) => execFileSync(program, args, { encoding: 'utf8' });
const put = (tree: string, path: string, content: string) => {
  mkdirSync(join(tree, path, '..'), { recursive: true });
  writeFileSync(join(tree, path), content);
};

/** A golden tree as disklessset has it, with what a file can have. */
async function goldenTree(tree: string): Promise<void> {
  await tinyTree(tree);
  put(tree, 'etc/ssh/sshd_config', 'Port 22\nPermitRootLogin yesUsePAM yes\n');
  put(tree, 'etc/shadow', `root:${HASH}:18000:0:99999:7:::\n`);
  put(tree, 'etc/owned', 'x');
  put(tree, 'etc/motd', 'golden\n');
  put(tree, 'opt/old/file', 'x');
  put(tree, 'var/log/messages', 'of the golden tree\n');
  run('chown', '1234:5678', join(tree, 'etc/owned'));
  run('ln', join(tree, 'etc/owned'), join(tree, 'etc/twin'));
}

/** Changes that a node's root made, hostile ones too. */
function nodeChanges(tree: string): void {
  put(tree, 'etc/motd', 'of the node\n');
  put(tree, 'var/lib/job/state', 'kept\n');
  put(tree, 'var/log/messages', 'of the node\n');
  rmSync(join(tree, 'opt/old'), { recursive: true });
  symlinkSync('/etc/shadow', join(tree, 'etc/hostile'));
  rmSync(join(tree, 'var/cache'), { recursive: true });
  symlinkSync('/', join(tree, 'var/cache'));
  put(tree, "etc/it's $(touch x)\n\\x41", 'odd\n');
  run('setcap', 'cap_net_raw+ep', join(tree, 'etc/motd'));
}

test('BlueBanquise: a golden image with the trees of its nodes: what they differ in is kept, and nothing else taken', async () => {
  const { stage } = trial;
  await there.golden('golden1', 'c[001-003]');
  const tree = (path: string) => join(there.nfs, 'golden/golden1', path);
  await goldenTree(tree('image'));
  mkdirSync(tree('nodes'));
  for (const node of ['c001', 'c002', 'c009']) {
    // As disklessset copies: all files root's, each name a file of its own.
    run('cp', '-r', '--preserve=mode,timestamps', tree('image'), tree(`nodes/${node}`));
    await there.node(node, 'diskless', { image: 'golden1' });
  }
  nodeChanges(tree('nodes/c001'));
  const words = ['import', 'bluebanquise', there.directory, '--nfs', there.nfs, '--trees'];
  const plan = await stage.ok<{ images: { trees: string }[]; left: { reason: string }[] }>(...words);
  expect(plan.images[0]?.trees).toBe('c[001-002]');
  const reasons = plan.left.map(({ reason }) => reason).join('\n');
  expect(reasons).toContain('c003 have no tree');
  expect(reasons).toMatch(/1 trees of nodes in .* stay there: they are not in its node set/);
  const { applied } = await stage.ok<{ applied: object }>(...words, '--apply');
  expect(applied).toMatchObject({
    images: ['golden1:1'],
    trees: ['golden1/c001', 'golden1/c002'],
    failed: [],
  });
  const at = (node: string, path: string) => join(trial.tree(node, 'golden1'), path);
  const see = async (script: string) => await stage.sh(script);
  expect(await see(`cat ${at('c001', 'etc/motd')} ${at('c001', 'var/lib/job/state')} ${at('c001', 'var/log/messages')}`)).toBe('of the node\nkept\nof the node\n'); // prettier-ignore
  expect(await see(`getcap ${at('c001', 'etc/motd')}`)).toContain('cap_net_raw');
  expect(await see(`readlink ${at('c001', 'etc/hostile')} ${at('c001', 'var/cache')}`)).toBe(
    '/etc/shadow\n/\n',
  );
  expect(await see(`test -e ${at('c001', 'opt/old')} || echo gone`)).toBe('gone\n');
  expect(await see(`ls ${at('c001', 'etc')} | grep -c 'touch'`)).toBe('1\n');
  expect(await see(`cat ${at('c002', 'etc/motd')}`)).toBe('golden\n');
  for (const node of ['c001', 'c002']) {
    // Defects 1 and 4 are mended: sshd starts, owners and hard links are those of the golden tree.
    expect(await see(`cat ${at(node, 'etc/ssh/sshd_config')}`)).toContain('yes\nUsePAM');
    expect(await see(`stat -c '%u:%g %h' ${at(node, 'etc/owned')}`)).toBe('1234:5678 2\n');
  }
  const record = await readNodeTree(trial.paths, 'golden1', 'c002');
  expect(record?.kind).toBe('overlay');
  if (record)
    expect(await see(`cd ${nodeData(trial.paths, record)}; find . -type f | grep -v '/work/' | wc -l`)).toBe(
      '0\n',
    );
  // Nodes boot their trees; what was there is as it was; done again, nothing is done twice.
  expect(await stage.ok('boot', 'show', 'c001')).toMatchObject({ image: 'golden1', mode: 'nfs' });
  expect(readFileSync(tree('image/etc/ssh/sshd_config'), 'utf8')).toContain('yesUsePAM');
  const again = await stage.ok<{ applied: object }>(...words, '--apply');
  expect(again.applied).toMatchObject({ trees: [], failed: [] });
});

test('any root tree becomes an image, and the whole tree of a node one that costs what it differs in', async () => {
  const { stage } = trial;
  const [golden, node] = [join(trial.directory, 'exported/golden'), join(trial.directory, 'exported/n1')];
  await goldenTree(golden);
  run('cp', '-a', golden, node);
  nodeChanges(node);
  run('sh', '-c', 'for i in $(seq 1000); do echo $i > "$0/opt/many$i"; done', golden);
  run('sh', '-c', 'for i in $(seq 1000); do echo $i > "$0/opt/many$i"; done', node);
  expect(await stage.ok('nfs', 'import', golden, '--image', 'old')).toMatchObject({
    image: 'old',
    generation: 1,
  });
  const words = ['nfs', 'import', node, '--image', 'old', '-n', 'n1', '--against', golden];
  const done = await stage.ok<{ changes: number }>(...words);
  expect(done).toMatchObject({ image: 'old', node: 'n1', kind: 'overlay' });
  expect(done.changes).toBeLessThan(20);
  expect(await stage.fails(...words)).toContain('nfs/import-there');
  const diff = await stage.sh(
    `diff -r --no-dereference --exclude machine-id ${node} ${trial.tree('n1', 'old')} || true`,
  );
  expect(diff).toBe('');
  expect(await stage.sh(`stat -c '%u:%g %h' ${join(trial.tree('n1', 'old'), 'etc/owned')}`)).toBe(
    '1234:5678 2\n',
  );
  symlinkSync(golden, join(trial.directory, 'link'));
  for (const bad of [join(trial.directory, 'link'), join(trial.directory, 'nothing'), join(golden, 'etc')])
    expect(await stage.fails('nfs', 'import', bad, '--image', 'bad')).toContain('nfs/import-directory');
  expect(await stage.fails('nfs', 'import', node, '--image', 'nothing', '-n', 'n2')).toContain(
    'image/unknown',
  );
  expect((await stage.list()).map(({ name }) => name)).toEqual(['old']);
});
