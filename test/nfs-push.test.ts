/** Trees pushed to another NFS server, with the real rsync and sshd. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Digest } from '../src/image/types.ts';
import { pushTree, unpushTree } from '../src/nfs/push/push.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import type { SlipwayEvent } from '../src/system/events.ts';
import { localActor } from '../src/node/entry.ts';
import type { Engine } from '../src/operations/engine.ts';
import { publicationAdd } from '../src/operations/publication/publish.ts';
import { NfsTrial } from './support/nfs-trial.ts';
import { EXPECTED, LOOK } from './support/special-tree.ts';
import { SshServer } from './support/ssh-server.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const [A, B, C] = [digest('a'), digest('b'), digest('c')];
const hex = (of: Digest) => of.slice(7);
const PATIENCE = { timeout: 60_000 };
const TO = 'root@nfs1:/srv/nodes,10.0.0.5';

let directory: string;
let tree: string;
let server: SshServer;
let installation: Installation;
const events: SlipwayEvent[] = [];
const run = (...[program = '', ...args]: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(tree, path, '..'), { recursive: true });
  writeFileSync(join(tree, path), content);
};
const noise = (bytes: number) => randomBytes(bytes);
const there = (path = '') => join(server.srv, 'nodes', path);
const push = async (of: Digest, to: readonly string[] = [TO]) =>
  await pushTree(tree, of, to, { installation, sink: (event) => void events.push(event) });

async function serve(size?: string): Promise<void> {
  server = await SshServer.open(join(directory, `server${size ?? ''}`), 'nfs1', size);
  mkdirSync(there(), { recursive: true });
  mkdirSync(join(directory, 'root/etc/slipway'), { recursive: true });
  writeFileSync(join(directory, 'root/etc/slipway/config.yml'), `nfs: {ssh_config: ${server.config}}\n`);
  installation = loadInstallation(join(directory, 'root'));
}

beforeEach(() => {
  events.length = 0;
  directory = mkdtempSync(join(tmpdir(), 'slipway-push-'));
  tree = join(directory, 'tree');
  put('etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
  put('usr/bin/tool', noise(1 << 20));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

test('all of a tree comes over; the next one shares its files, and only what is new is sent', async () => {
  await serve();
  run('ln', join(tree, 'usr/bin/tool'), join(tree, 'usr/bin/twin'));
  run('ln', '-s', '/etc/shadow', join(tree, 'etc/hostile'));
  run('chown', '1234:5678', join(tree, 'usr/bin/tool'));
  run('chmod', '4750', join(tree, 'usr/bin/tool'));
  run('setcap', 'cap_net_raw+ep', join(tree, 'usr/bin/tool'));
  run('setfattr', '-n', 'security.selinux', '-v', 'system_u:object_r:bin_t:s0', join(tree, 'etc/passwd'));
  run('setfacl', '-m', 'u:1234:r', join(tree, 'etc/passwd'));
  run('mknod', join(tree, 'null'), 'c', '1', '3');
  run('truncate', '-s', '50M', join(tree, 'sparse'));
  put("etc/it's; $(touch x) \n file", 'x');
  const [first] = await push(A);
  expect(first).toMatchObject({
    cached: false,
    server: { address: '10.0.0.5', path: `/srv/nodes/trees/${hex(A)}` },
  });
  const at = (path: string) => there(`trees/${hex(A)}/${path}`);
  const tool = lstatSync(at('usr/bin/tool'));
  expect(tool).toMatchObject({ uid: 1234, gid: 5678, nlink: 2, ino: lstatSync(at('usr/bin/twin')).ino });
  expect(tool.mode & 0o7777).toBe(0o4750);
  expect(run('getcap', at('usr/bin/tool'))).toContain('cap_net_raw');
  expect(run('getfattr', '-n', 'security.selinux', at('etc/passwd'))).toContain('bin_t');
  expect(run('getfacl', '--numeric', at('etc/passwd'))).toContain('user:1234:r--');
  expect(lstatSync(at('null')).isCharacterDevice()).toBe(true);
  expect(lstatSync(at('sparse')).blocks).toBeLessThan(100);
  expect(readlinkSync(at('etc/hostile'))).toBe('/etc/shadow');
  expect(readFileSync(at("etc/it's; $(touch x) \n file"), 'utf8')).toBe('x');
  expect(readlinkSync(there('current'))).toBe(`trees/${hex(A)}`);
  expect(readdirSync(there('trees')).toSorted()).toEqual(['.lock', hex(A)]);
  expect((await push(A))[0]?.cached).toBe(true);

  // As builds make it: the content is another one, size and time are the same.
  const { mtime } = lstatSync(join(tree, 'etc/passwd'));
  put('etc/passwd', 'Root:x:0:0::/root:/bin/sh\n');
  execFileSync('touch', ['-d', mtime.toISOString(), join(tree, 'etc/passwd')]);
  run('touch', '-r', at('etc/passwd'), join(tree, 'etc/passwd'));
  expect((await push(B))[0]?.cached).toBe(false);
  expect(readFileSync(there(`trees/${hex(B)}/etc/passwd`), 'utf8')).toContain('Root');
  expect(readFileSync(at('etc/passwd'), 'utf8')).toContain('root');
  expect(lstatSync(there(`trees/${hex(B)}/usr/bin/tool`)).ino).toBe(tool.ino);
  expect(readlinkSync(there('current'))).toBe(`trees/${hex(B)}`);

  const context = { installation, sink: () => {} };
  await unpushTree(B, TO, context);
  await unpushTree(C, TO, context);
  expect(readdirSync(there('trees')).toSorted()).toEqual(['.lock', hex(A)]);
  expect(existsSync(there('current'))).toBe(false);
  expect(readFileSync(at('usr/bin/tool'))).toEqual(readFileSync(join(tree, 'usr/bin/tool')));
});

test('a tree that somebody changed there is told, and is what it was again', async () => {
  await serve();
  await push(A);
  writeFileSync(there(`trees/${hex(A)}/etc/passwd`), 'mallory\n');
  expect((await push(A))[0]?.cached).toBe(false);
  expect(readFileSync(there(`trees/${hex(A)}/etc/passwd`), 'utf8')).toContain('root');
  expect(events).toContainEqual(
    expect.objectContaining({ level: 'warning', lines: [expect.stringContaining('etc/passwd')] }),
  );
  expect(readdirSync(there('trees')).toSorted()).toEqual(['.lock', hex(A)]);
});

test('killed with -9 in the middle: what came over stays, nothing has a name, and the next push goes on', async () => {
  await serve();
  for (let i = 0; i < 12; i++) put(`usr/lib/lib${i}.so`, noise(400_000));
  server.fault('stall');
  const child = spawn(
    process.execPath,
    [resolve('test/support/push-child.ts'), installation.paths.root, tree, A, TO],
    { stdio: 'inherit' },
  );
  const lib = there(`trees/.${hex(A)}.partial/usr/lib`);
  const whole = () => (existsSync(lib) ? readdirSync(lib).filter((name) => !name.startsWith('.')) : []);
  await expect.poll(() => whole().length, PATIENCE).toBeGreaterThan(0);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const kept = Object.fromEntries(whole().map((name) => [name, lstatSync(join(lib, name)).ino]));
  expect(readdirSync(there('trees')).toSorted()).toEqual([`.${hex(A)}.partial`, '.lock']);
  expect(existsSync(there('current'))).toBe(false);
  server.fault('none');
  // The lock there falls with the connection.
  await expect
    .poll(async () => await push(A).catch((error: { code: string }) => error.code), PATIENCE)
    .toMatchObject([{ cached: false }]);
  for (const [name, ino] of Object.entries(kept))
    expect(lstatSync(there(`trees/${hex(A)}/usr/lib/${name}`)).ino).toBe(ino);
  expect(run('diff', '-r', tree, there(`trees/${hex(A)}`))).toBe('');
});

test('a connection that ends at any step leaves the old tree current, and is gone on with', async () => {
  await serve();
  await push(A);
  put('usr/lib/big', noise(4_000_000));
  for (const fault of ['cut', 'no-name', 'no-current'] as const) {
    server.fault(fault);
    await expect(push(B)).rejects.toMatchObject({ code: 'nfs/push-unreachable' });
    expect(readlinkSync(there('current'))).toBe(`trees/${hex(A)}`);
    expect(existsSync(there(`trees/${hex(B)}`))).toBe(fault === 'no-current');
  }
  server.fault('none');
  expect((await push(B))[0]?.cached).toBe(true);
  expect(readlinkSync(there('current'))).toBe(`trees/${hex(B)}`);
  expect(readdirSync(there()).toSorted()).toEqual(['current', 'trees']);
});

test('a full disk there is told, hurts no tree, and the push goes on when there is room', async () => {
  await serve('6M');
  await push(A);
  put('usr/lib/big', noise(8_000_000));
  await expect(push(B)).rejects.toMatchObject({ code: 'nfs/push-space' });
  expect(readdirSync(there('trees')).filter((one) => !one.startsWith('.'))).toEqual([hex(A)]);
  expect(readlinkSync(there('current'))).toBe(`trees/${hex(A)}`);
  await server.run('mount', '-o', 'remount,size=64M', '/srv');
  await push(B);
  expect(run('diff', '-r', tree, there(`trees/${hex(B)}`))).toBe('');
});

test('two at once: the second is told; by sudo; and what is missing there has an error of its own', async () => {
  await serve();
  put('usr/lib/big', noise(4_000_000));
  server.fault('stall');
  const stop = new AbortController();
  const first = pushTree(tree, A, [TO], { installation, sink: () => {}, signal: stop.signal });
  const code = first.catch((error: { code: string }) => error.code);
  await expect.poll(() => existsSync(there(`trees/.${hex(A)}.partial`)), PATIENCE).toBe(true);
  await expect(push(B)).rejects.toMatchObject({ code: 'nfs/push-busy' });
  stop.abort();
  expect(await code).toBe('process/cancelled');
  for (const [fault, code] of [
    ['user', 'push-root'],
    ['no-rsync', 'push-tool'],
  ] as const) {
    server.fault(fault);
    await expect(push(A)).rejects.toMatchObject({ code: `nfs/${code}` });
  }
  server.fault('sudo');
  await expect
    .poll(async () => await push(A).catch((error: { code: string }) => error.code), PATIENCE)
    .toMatchObject([{ cached: false }]);
  server.fault('none');
  await expect(push(A, ['root@nfs1:/srv/other,10.0.0.5'])).rejects.toMatchObject({ code: 'nfs/push-path' });
  await expect(push(A, [TO, 'nfs1:/srv/nodes'])).rejects.toMatchObject({ code: 'nfs/push-twice' });
  await expect(push(A, ['nfs1:/srv/nodes'])).rejects.toMatchObject({ code: 'nfs/push-address' });
  await expect(push(A, ['nobody@nfs1:/srv/nodes,10.0.0.5'])).rejects.toMatchObject({
    code: 'nfs/push-login',
  });
  const known = join(server.config, '../known');
  writeFileSync(
    known,
    readFileSync(known, 'utf8').replace(/AAAA\S+/, (key) => `${key.slice(0, -4)}AAAA`),
  );
  await expect(push(A)).rejects.toMatchObject({ code: 'nfs/push-host-key' });
  writeFileSync(known, '');
  await expect(push(A)).rejects.toMatchObject({ code: 'nfs/push-host-key' });
  await server.run('true');
  writeFileSync(server.config, readFileSync(server.config, 'utf8').replace(/Port \d+/, 'Port 1'));
  await expect(push(A)).rejects.toMatchObject({ code: 'nfs/push-unreachable' });
});

test('slipway publish --to: pushed, kept with the publication, pushed again with the next generation, taken away', async () => {
  await serve();
  mkdirSync(join(server.srv, 'other'));
  await using trial = await NfsTrial.open(
    `ssh_config: "${server.config}", squash: false, clients: [10.0.0.0/24]`,
  );
  const { stage } = trial;
  await trial.image();
  const to = ['--to', TO, '--to', 'root@nfs1:/srv/other,10.0.0.6:/'];
  const first = await stage.slipway('publish', 'special', '--mode', 'readonly', ...to);
  expect(first.code).toBe(0);
  const { publication } = first.last as { publication: { image: Digest; options: Record<string, string> } };
  const one = publication.image;
  expect(publication.options['servers']).toBe(
    `10.0.0.5:/srv/nodes/trees/${hex(one)} 10.0.0.6:/trees/${hex(one)}`,
  );
  expect(first.lines).toContainEqual(
    expect.objectContaining({
      lines: ['/srv/nodes', '/srv/other'].map(
        (path) => `nfs1: ${path}/trees 10.0.0.0/24(ro,no_root_squash,no_subtree_check,sec=sys)`,
      ),
    }),
  );
  expect(run('sh', '-ec', `cd ${there(`trees/${hex(one)}`)}; ${LOOK}`)).toBe(
    `${EXPECTED.map((line) => line.replace('SECRET', '/etc/hostname')).join('\n')}\n`,
  );
  // What a node boots stays; what none does any more goes, there too.
  await stage.ok(
    'node',
    'add',
    'n1',
    '--mac',
    '52:54:00:00:00:01',
    '--image',
    'special:1',
    '--mode',
    'readonly',
  );
  await trial.image({ bytes: 50_000 });
  const again = ['publish', 'special', '--mode', 'readonly', '--keep', '1', ...to];
  const second = await stage.slipway(...again);
  const two = (second.last as { publication: { image: Digest } }).publication.image;
  expect(JSON.stringify(second.lines)).toMatch(/special:1 stays published/);
  const trees = () => readdirSync(there('trees')).filter((name) => !name.startsWith('.'));
  expect(trees().toSorted()).toEqual([hex(one), hex(two)].toSorted());
  await stage.ok('node', 'set', 'n1', '--image', 'special');
  await stage.ok(...again);
  expect(trees()).toEqual([hex(two)]);
  expect(readlinkSync(there('current'))).toBe(`trees/${hex(two)}`);

  // The next generation is pushed without being asked for.
  await stage.mount('special');
  await stage.sh(`echo changed > ${stage.tree('special')}/etc/changed`);
  await stage.ok('image', 'umount', 'special');
  const { digest } = (await (await Catalog.open(trial.paths)).resolve('special')).generation;
  expect(trees().toSorted()).toEqual([hex(two), hex(digest)].toSorted());
  expect(readFileSync(there(`trees/${hex(digest)}/etc/changed`), 'utf8')).toBe('changed\n');
  const shared = (of: Digest) => lstatSync(there(`trees/${hex(of)}/usr/bin/noise`)).ino;
  expect(shared(digest)).toBe(shared(two));

  // Of a server that is away nothing can be taken: that is told, and the rest is done.
  const config = readFileSync(server.config, 'utf8');
  await stage.ok('node', 'rm', 'n1');
  writeFileSync(server.config, config.replace(/Port \d+/, 'Port 1'));
  const away = await stage.slipway('unpublish', 'special', '--mode', 'readonly');
  expect(away.code).toBe(0);
  expect(JSON.stringify(away.lines)).toMatch(/the tree stays at root@nfs1:\/srv\/nodes.*does not answer/);
  writeFileSync(server.config, config);
  expect(existsSync(there(`trees/${hex(digest)}`))).toBe(true);
});

test('over the API only destinations of the configuration: pushing uses ssh keys of this host', async () => {
  await serve();
  const actor = { ...localActor(), via: 'api' as const };
  const engine = { installation, actor } as unknown as Engine;
  const input = { image: 'compute', mode: 'readonly', to: ['root@elsewhere:/srv'] };
  await expect(publicationAdd.run(engine, input)).rejects.toMatchObject({ code: 'nfs/push-api' });
});
