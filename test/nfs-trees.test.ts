/** Trees of generations and of nodes, of every kind, on real file systems: what is in them, what nodes change, what stays. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { run } from '../src/system/process.ts';
import { NfsTrial } from './support/nfs-trial.ts';
import { EXPECTED, LOOK } from './support/special-tree.ts';

let trial: NfsTrial;
afterEach(async () => await trial[Symbol.asyncDispose](), 60_000);

const expected = EXPECTED.map((line) => line.replace('SECRET', '/etc/hostname')).join('\n') + '\n';
/** Besides what LOOK says: ACLs, labels, holes. */
const MORE = `
getfacl -cEp etc/acl | tr '\\n' ' '; echo
getfattr --only-values -n security.selinux etc/label; echo
[ "$(stat -c %b etc/sparse)" -lt 100 ] && echo holes
`;
const more = async (tree: string) => {
  await run(['sh', '-ec', `cd ${tree}; echo x > etc/acl; echo y > etc/label; setfattr -n security.selinux -v system_u:object_r:etc_t:s0 etc/label; setfattr -n security.selinux -v system_u:object_r:root_t:s0 .`]); // prettier-ignore
};
const withAcl = async (tree: string) => {
  await more(tree);
  await run(['setfacl', '-m', 'u:33:r', join(tree, 'etc/acl')]);
};
const ACL = 'user::rw- user:www-data:r-- group::r-- mask::r-- other::r--  \n';

describe.each([
  { kind: 'overlay', erofs: false },
  { kind: 'overlay', erofs: true },
  { kind: 'copy', erofs: true },
  { kind: 'reflink', erofs: true, mkfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'], type: 'xfs' },
  { kind: 'btrfs', erofs: true, mkfs: ['mkfs.btrfs', '-q'], type: 'btrfs' },
])('$kind (erofs: $erofs)', ({ kind, erofs, mkfs, type }) => {
  test(
    'has everything, each node its own; changes are kept, found, removed',
    { timeout: 120_000 },
    async () => {
      trial = await NfsTrial.open(kind === 'overlay' || kind === 'btrfs' ? '' : `trees: ${kind}`);
      const { stage } = trial;
      if (mkfs) await trial.storeOn(mkfs, '400M', type);
      await trial.image({ erofs, more: erofs ? withAcl : more });
      expect(await trial.ok('add', 'special', 'n1', 'n2')).toMatchObject({
        kind,
        added: ['n1', 'n2'],
        already: [],
      });
      const see = async (node: string) => await stage.sh(`cd ${trial.tree(node)}; ${LOOK}${MORE}`);
      const whole = await see('n1');
      expect(whole).toContain(expected);
      expect(whole).toContain('system_u:object_r:etc_t:s0');
      expect(whole).toContain('holes');
      if (erofs) expect(whole).toContain(ACL);
      expect(await see('n2')).toBe(whole);
      const top = await stage.sh(`getfattr --only-values -n security.selinux ${trial.tree('n2')}`);
      expect(top).toBe('system_u:object_r:root_t:s0');

      // Nothing of it is a program or a device for this host.
      await stage.sh(`cp /bin/true ${trial.tree('n1')}/usr/bin/true; mknod ${trial.tree('n1')}/zero c 1 5`);
      await expect(stage.sh(`${trial.tree('n1')}/usr/bin/true`)).rejects.toThrow('Permission denied');
      await expect(stage.sh(`head -c1 ${trial.tree('n1')}/zero`)).rejects.toThrow('Permission denied');

      await stage.sh(
        `cd ${trial.tree('n1')}; echo new > etc/motd; echo more >> etc/hard1; rm etc/suid; rm -r sbin; chmod 700 etc/shared`,
      );
      expect(await see('n2')).toBe(whole);
      await stage.restart();
      if (mkfs) await trial.mountStore(type);
      expect(await trial.ok('up')).toMatchObject({ nodes: 2, trees: 1, mounted: 3, removed: [] });
      expect(await trial.ok('up')).toMatchObject({ mounted: 0, removed: [] });
      const after = `cd ${trial.tree('n1')}; cat etc/motd etc/hard2; ls -d etc/suid sbin 2>/dev/null || true; stat -c %a etc/shared`;
      expect(await stage.sh(after)).toBe('new\nhardmore\n700\n');
      expect(await see('n2')).toBe(whole);

      // Half a megabyte is a change of n1, not of n2.
      await stage.sh(`head -c 500000 /dev/urandom > ${trial.tree('n1')}/big`);
      const listed = await stage.ok<{ node: string; bytes: number; mounted: boolean }[]>(
        'nfs',
        'ls',
        '--sizes',
      );
      expect(listed.map(({ node, mounted }) => [node, mounted])).toEqual([['n1', true], ['n2', true]]); // prettier-ignore
      expect(listed[0]?.bytes).toBeGreaterThan(500_000);
      expect(listed[0]?.bytes).toBeLessThan(700_000);
      expect(listed[1]?.bytes).toBeLessThan(10_000);

      expect(await trial.ok('rm', 'special', 'n1', 'n2')).toMatchObject({ removed: ['n1', 'n2'] });
      expect(await trial.inStore()).not.toContain('./nodes/special/n1');
      expect((await stage.mounts()).filter((one) => one.includes('/nodes/'))).toEqual([]);
      expect(await trial.child(undefined, 'rmtree', 'special')).toContain('"removed":true');
    },
  );
});

test('the tree of a generation cannot be written to, and stays as long as something needs it', async () => {
  trial = await NfsTrial.open();
  const { digest } = await trial.image();
  expect(await trial.ok('tree', 'special')).toMatchObject({ cached: false, record: { image: 'special' } });
  expect(await trial.ok('tree', 'special')).toMatchObject({ cached: true });
  const at = join(trial.paths.exports, 'trees', digest.slice(7));
  await expect(trial.stage.sh(`touch ${at}/x`)).rejects.toThrow('Read-only file system');
  await trial.ok('add', 'special', 'n1');
  expect(await trial.child(undefined, 'rmtree', 'special')).toContain('nfs/tree-in-use');
  // Nor does the image go.
  expect(await trial.stage.fails('image', 'rm', 'special:1')).toBe('1 image/in-use');
  await trial.ok('rm', 'special', 'n1');
  expect(await trial.child(undefined, 'rmtree', 'special')).toContain('"removed":true');
  expect(await trial.inStore()).not.toContain(`./trees/${digest.slice(7)}`);
});

describe('slipway nfs', () => {
  test('node sets: what is unknown is named, what is there is told', async () => {
    trial = await NfsTrial.open();
    const { stage } = trial;
    await trial.image();
    await stage.ok('node', 'add', 'c[001-003]');
    expect(await stage.fails('nfs', 'add', '-n', 'c[001-005]', '-i', 'special')).toBe('2 node/unknown');
    expect((await stage.slipway('nfs', 'add', '-n', 'c[001-005]', '-i', 'special')).last.what).toContain('c[004-005]'); // prettier-ignore
    expect(await stage.ok('nfs', 'ls')).toEqual([]);
    expect(await stage.ok('nfs', 'add', '-n', 'c[001-002]', '-i', 'special')).toMatchObject({ kind: 'overlay', added: ['c001', 'c002'] }); // prettier-ignore
    expect(await stage.ok('nfs', 'add', '-n', 'c[001-003]', '-i', 'special')).toMatchObject({ added: ['c003'], already: ['c001', 'c002'] }); // prettier-ignore
    expect(await stage.ok('nfs', 'add', '-n', 'c[004-005]', '-i', 'special', '--unregistered')).toMatchObject({ added: ['c004', 'c005'] }); // prettier-ignore
    expect((await stage.run([join(import.meta.dirname, '../bin/slipway'), 'nfs', 'ls'])).stdout).toContain('c[001-005]'); // prettier-ignore
    const exports = await stage.run([join(import.meta.dirname, '../bin/slipway'), 'nfs', 'exports']);
    expect(exports.stdout).toMatch(/nodes\/special\/c\[001-003\] .* waiting\n/);
    expect(exports.stdout).toMatch(/nodes\/special\/c\[004-005\] .* not in the registry\n/);
    // Sizes only where they are asked for: it takes long.
    expect((await stage.ok<object[]>('nfs', 'ls')).some((one) => 'bytes' in one)).toBe(false);
    const sizes = await stage.run([join(import.meta.dirname, '../bin/slipway'), 'nfs', 'ls', 'special', '--sizes']); // prettier-ignore
    expect(sizes.stdout).toMatch(/CHANGES.*\n.*KiB/);
    expect(await stage.ok('nfs', 'ls', 'other')).toEqual([]);
    // Another generation is another base.
    await trial.image({ bytes: 5 });
    const other = await stage.slipway('nfs', 'add', '-n', 'c[001-003]', '-i', 'special');
    expect(other).toMatchObject({ code: 1, last: { code: 'nfs/other-base' } });
    expect(JSON.stringify(other.last)).toContain('slipway nfs refresh -n c[001-003] -i special:2');
    // Those that are not in it are named; nothing is removed.
    const missing = await stage.slipway('nfs', 'rm', '-n', 'c[001-009]', '-i', 'special');
    expect(missing).toMatchObject({ code: 2, last: { code: 'nfs/not-in-image', what: 'There is no tree of special for c[006-009]' } }); // prettier-ignore
    expect(await stage.ok<unknown[]>('nfs', 'ls')).toHaveLength(5);
    expect(await stage.fails('nfs', 'rm', '-n', 'c001', '-i', 'nosuch')).toBe('2 nfs/not-in-image');
    expect(await stage.fails('nfs', 'add', '-n', 'c001', '-i', 'nosuch')).toBe('2 image/unknown');
    // What others mount there is theirs.
    const foreign = join(stage.root, 'srv/slipway/other');
    await stage.sh(`mkdir ${foreign}; mount -t tmpfs other ${foreign}`);
    expect(await stage.ok('nfs', 'up')).toMatchObject({ mounted: 0, removed: [] });
    expect(await stage.ok('nfs', 'down')).toMatchObject({ unmounted: 6 });
    await stage.sh(`umount ${foreign}`);
    expect(await stage.mounts()).toEqual([]);
    expect(await stage.ok('nfs', 'up')).toMatchObject({ nodes: 5, trees: 1, mounted: 6 });
    // Nodes that are still to boot from it are told.
    await stage.ok('boot', 'set', '-n', 'c[001-002]', '-i', 'special', '--mode', 'nfs');
    const removed = await stage.slipway('nfs', 'rm', '-n', 'c[001-005]', '-i', 'special');
    expect(removed.code).toBe(0);
    expect(JSON.stringify(removed.lines)).toContain('c[001-002] will not boot: still assigned to special in mode nfs'); // prettier-ignore
    expect(await stage.ok('nfs', 'ls')).toEqual([]);
  });

  test('what is in use on this host, or by a node that is up, is not removed', async () => {
    trial = await NfsTrial.open();
    const { stage } = trial;
    await trial.image();
    await stage.ok('node', 'add', 'c[1-2]');
    await stage.ok('nfs', 'add', '-n', 'c[1-2]', '-i', 'special');
    await stage.sh(`echo kept > ${trial.tree('c1')}/kept`);
    const child = stage.start(['sh', '-c', `cd ${trial.tree('c1')} && echo in && exec sleep 60`]);
    await expect.poll(() => stage.sh(`ls -l /proc/*/cwd 2>/dev/null | grep -c ${trial.tree('c1')} || true`)).not.toBe('0\n'); // prettier-ignore
    const busy = await stage.slipway('nfs', 'rm', '-n', 'c[1-2]', '-i', 'special');
    expect(busy.last).toMatchObject({
      code: 'nfs/busy',
      what: 'Trees of special are in use on this host: c1',
    });
    expect(busy.last.why).toContain('sleep 60');
    expect(await stage.ok<unknown[]>('nfs', 'ls')).toMatchObject([{ mounted: true }, { mounted: true }]);
    expect(await stage.sh(`cat ${trial.tree('c1')}/kept`)).toBe('kept\n');
    expect(await stage.ok('nfs', 'rm', '-n', 'c1', '-i', 'special', '--force')).toMatchObject({
      removed: ['c1'],
    });
    child.stop();
    await child.done.catch(() => {});

    const { openDatabase } = await import('../src/db/database.ts');
    await using database = await openDatabase(trial.paths.database);
    const session = {
      id: '0'.repeat(32), node_name: 'c2', mac: '', client: '10.0.0.2', image: 'special:1', digest: 'sha256:0', mode: 'nfs',
      pinned: '[]', created: Date.now(), expires: Date.now() + 1e6, stage: 'ready', given: '{}',
    }; // prettier-ignore
    await database.db.insertInto('boot_session').values({ ...session, node_id: null, token_hash: null, ended: null, uuid: null }).execute(); // prettier-ignore
    expect((await stage.slipway('nfs', 'rm', '-n', 'c2', '-i', 'special')).last).toMatchObject({ code: 'nfs/booted', what: 'The tree of special is the running root of c2' }); // prettier-ignore
    expect(await stage.ok('nfs', 'rm', '-n', 'c2', '-i', 'special', '--force')).toMatchObject({
      removed: ['c2'],
    });
  });
});

test('publishing makes the tree, and unpublishing removes it once no tree of a node stands on it', async () => {
  trial = await NfsTrial.open();
  const { stage } = trial;
  const { digest } = await trial.image();
  const tree = `./trees/${digest.slice(7)}`;
  await stage.ok('publish', 'special', '--mode', 'nfs');
  expect(await trial.inStore()).toContain(tree);
  await stage.ok('node', 'add', 'c1');
  await stage.ok('nfs', 'add', '-n', 'c1', '-i', 'special');
  expect(await stage.fails('unpublish', 'special', '--mode', 'nfs')).toBe('1 nfs/tree-in-use');
  // A node that goes leaves what it has written, and that is told.
  const gone = await stage.run([join(import.meta.dirname, '../bin/slipway'), 'node', 'rm', 'c1', '--json']);
  expect(gone.stdout).toContain('slipway nfs rm -n c1 -i special');
  expect(await stage.fails('nfs', 'rm', '-n', 'c1', '-i', 'special:2')).toBe('2 nfs/not-in-image');
  await stage.ok('nfs', 'rm', '-n', 'c1', '-i', 'special:1');
  // As if its file system were not mounted.
  await stage.sh(`mv ${trial.store} ${trial.store}.away`);
  const { stdout } = await stage.run([join(import.meta.dirname, '../bin/slipway'), 'nfs', 'up', '--json']);
  expect(stdout).toContain('1 generations are published for NFS. Is its file system mounted?');
  await stage.sh(`rm -rf ${trial.store}; mv ${trial.store}.away ${trial.store}`);
  await stage.ok('unpublish', 'special', '--mode', 'nfs');
  expect(await trial.inStore()).not.toContain(tree);
  // What is forgotten when it is published again is told.
  const readonly = ['publish', 'special', '--mode', 'readonly'];
  await stage.ok(...readonly, '--state', 'nfs');
  const again = await stage.run([join(import.meta.dirname, '../bin/slipway'), ...readonly, '--json']);
  expect(again.stdout).toContain('without --state nfs from now on');
  await stage.ok('unpublish', 'special', '--mode', 'readonly');
  expect(await stage.mounts()).toEqual([]);
});

test('copies of mounts in other mount namespaces, such as that of a service, keep no tree from being mounted again', async () => {
  trial = await NfsTrial.open();
  const { stage } = trial;
  await trial.image();
  await trial.ok('add', 'special', 'n1');
  // As in a container: what is unmounted here is not in the other one.
  expect(await stage.sh('findmnt --noheadings --output PROPAGATION /')).toContain('private');
  const there = join(trial.directory, 'there');
  const script = `grep -q ${trial.tree('n1')} /proc/self/mountinfo && touch ${there} && exec sleep 300`;
  const other = stage.start(['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', script]);
  await expect.poll(() => existsSync(there), { timeout: 20_000 }).toBe(true);
  await stage.sh(`echo kept > ${trial.tree('n1')}/kept; umount ${trial.tree('n1')}`);
  expect(await stage.ok('nfs', 'up')).toMatchObject({ nodes: 1, mounted: 1 });
  expect(await stage.sh(`cat ${trial.tree('n1')}/kept`)).toBe('kept\n');
  other.stop();
  await other.done.catch(() => {});
});
