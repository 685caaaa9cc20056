/** Sources `oci` and `host` with the real skopeo, umoci, rsync and sshd. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { start, type Child } from '../src/system/process.ts';
import { unpacked } from './support/unpacked.ts';
import { Trial } from './support/tiny.ts';
import { freePort } from './support/free-port.ts';

let trial: Trial;
const children: Child[] = [];
beforeEach(async () => void (trial = await Trial.open()));
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.stop();
    await child.done.catch(() => {});
  }
  await trial[Symbol.asyncDispose]();
});

const run = (...[program = '', ...args]: string[]) =>
  execFileSync(program, args, { cwd: trial.directory, encoding: 'utf8', stdio: 'pipe' });
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

/** Waits until something answers on a port; the limit is only for what never does. */
async function answering(child: Child, port: number): Promise<void> {
  let ended: unknown;
  child.done.catch((error: unknown) => (ended = error));
  for (let i = 0; i < 600; i++) {
    if (ended) throw ended;
    try {
      execFileSync('bash', ['-c', 'exec 3<>"/dev/tcp/127.0.0.1/$0"', String(port)], { stdio: 'pipe' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers on port ${port}`);
}

/** An OCI layout of two layers: the tiny tree, and one that removes and adds. */
function layout(): void {
  run('umoci', 'init', '--layout', 'layout');
  run('umoci', 'new', '--image', 'layout:v1');
  run('umoci', 'insert', '--image', 'layout:v1', 'tree', '/');
  mkdirSync(join(trial.directory, 'more'));
  writeFileSync(join(trial.directory, 'more/motd'), 'from a container image\n');
  run('umoci', 'insert', '--image', 'layout:v1', 'more/motd', '/etc/motd');
  run('umoci', 'insert', '--whiteout', '--image', 'layout:v1', '/etc/group');
}

test('a tree from an OCI layout, and from an archive of it; the same content is found again', async () => {
  mkdirSync(join(trial.directory, 'tree/usr/sbin'), { recursive: true });
  writeFileSync(join(trial.directory, 'tree/usr/sbin/policy-rc.d'), 'exit 101\n');
  mkdirSync(join(trial.directory, 'tree/etc/apt/apt.conf.d'), { recursive: true });
  writeFileSync(join(trial.directory, 'tree/etc/apt/apt.conf.d/docker-clean'), '');
  layout();
  const file = await trial.recipe('box', 'source: {oci: {image: "oci:layout:v1"}}\n');
  const { built } = await trial.build(file);
  expect(built.cached).toBe(false);
  await using tree = await unpacked(trial.installation, 'box');
  expect(readFileSync(join(tree.path, 'etc/motd'), 'utf8')).toBe('from a container image\n');
  expect(() => readFileSync(join(tree.path, 'etc/group'))).toThrow();
  expect(() => readFileSync(join(tree.path, 'usr/sbin/policy-rc.d'))).toThrow();
  expect(() => readFileSync(join(tree.path, 'etc/apt/apt.conf.d/docker-clean'))).toThrow();
  expect((await trial.build(file)).built).toMatchObject({ cached: true, digest: built.digest });
  run('skopeo', '--insecure-policy', 'copy', 'oci:layout:v1', 'oci-archive:box.tar:v1');
  const archive = await trial.recipe('boxed', 'source: {oci: {image: "oci-archive:box.tar"}}\n');
  await trial.build(archive);
  await using same = await unpacked(trial.installation, 'boxed');
  expect(readFileSync(join(same.path, 'etc/motd'), 'utf8')).toBe('from a container image\n');
});

test('a tree from a registry: a tag that moves is seen, and what was fetched is there offline', async () => {
  layout();
  const port = await freePort();
  const config = await trial.write(
    'registry.yml',
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${trial.directory}/registry}}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
  );
  const registry = start(['docker-registry', 'serve', config]);
  children.push(registry);
  await answering(registry, port);
  const push = () =>
    run(
      'skopeo',
      '--insecure-policy',
      'copy',
      '--dest-tls-verify=false',
      'oci:layout:v1',
      `docker://127.0.0.1:${port}/lab/box:v1`,
    );
  push();
  const text = `source: {oci: {image: "docker://127.0.0.1:${port}/lab/box:v1", insecure: true}}\n`;
  const file = await trial.recipe('box', text);
  const { built } = await trial.build(file);
  expect((await trial.build(file)).built.cached).toBe(true);
  writeFileSync(join(trial.directory, 'more/motd'), 'newer\n');
  run('umoci', 'insert', '--image', 'layout:v1', 'more/motd', '/etc/motd');
  push();
  const newer = await trial.build(file);
  expect(newer.built.digest).not.toBe(built.digest);
  registry.stop();
  await registry.done.catch(() => {});
  await expect(trial.build(file)).rejects.toThrow(code('build/oci-failed'));
  const offline = await trial.build(file, { offline: true, noCache: true });
  expect(offline.built.digest).toBe(newer.built.digest);
  const other = await trial.recipe('other', text.replace('lab/box', 'lab/other'));
  await expect(trial.build(other, { offline: true })).rejects.toThrow(code('build/offline-missing'));
});

test('a layer that would leave its tree through a link cannot', async () => {
  const outside = join(trial.directory, 'outside');
  mkdirSync(outside);
  symlinkSync(outside, join(trial.directory, 'tree/escape'));
  run('umoci', 'init', '--layout', 'layout');
  run('umoci', 'new', '--image', 'layout:v1');
  run('umoci', 'insert', '--image', 'layout:v1', 'tree', '/');
  const evil = await trial.write('evil', 'x\n');
  run('umoci', 'insert', '--image', 'layout:v1', evil, '/escape/planted');
  await trial.build(await trial.recipe('box', 'source: {oci: {image: "oci:layout:v1"}}\n')).catch(() => {});
  expect(() => readFileSync(join(outside, 'planted'))).toThrow();
});

test('what is no image, or is not there, is said with its place', async () => {
  const missing = await trial.recipe('a', 'source: {oci: {image: "oci:nowhere"}}\n');
  await expect(trial.build(missing)).rejects.toThrow(code('recipe/missing-file'));
  await expect(
    trial.build(await trial.recipe('b', 'source: {oci: {image: "oci:tree"}}\n')),
  ).rejects.toMatchObject({
    code: 'build/oci-failed',
    where: expect.objectContaining({ line: 2 }) as unknown,
  });
  for (const image of ['dir:/etc', 'docker-daemon:x', 'oci:-x', '/etc'])
    await expect(
      trial.build(await trial.recipe('c', `source: {oci: {image: ${JSON.stringify(image)}}}\n`)),
    ).rejects.toThrow(code('yaml/wrong-value'));
});

/** A machine to copy: the tiny tree with rsync in it, behind an sshd on loopback that leads into it. SHLVL: no .bashrc of this machine. */
async function machine(): Promise<{ recipe: string; tree: string }> {
  const tree = join(trial.directory, 'machine');
  run('cp', '--archive', 'tree', tree);
  const libraries = run('ldd', '/usr/bin/rsync').match(/\/\S+/g) ?? [];
  for (const file of ['/usr/bin/rsync', ...libraries]) run('cp', '--parents', '--dereference', file, tree);
  symlinkSync('busybox', join(tree, 'usr/bin/uname'));
  mkdirSync(join(tree, 'proc/self'), { recursive: true });
  writeFileSync(
    join(tree, 'proc/self/mounts'),
    '/dev/sda1 / ext4 rw 0 0\nfiler:/x /data\\040nfs nfs4 rw 0 0\n/dev/sdb1 /opt xfs rw 0 0\n',
  );
  for (const key of ['host', 'user']) run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
  const port = await freePort();
  const directory = trial.directory;
  const chroot = await trial.write(
    'chroot.sh',
    `#!/bin/sh\nexec chroot ${tree} /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`,
  );
  chmodSync(chroot, 0o755);
  const config = await trial.write(
    'sshd_config',
    `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${directory}/host\nAuthorizedKeysFile ${directory}/user.pub\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nForceCommand ${chroot}\nSetEnv SHLVL=2\n`,
  );
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const sshd = start(['/usr/sbin/sshd', '-D', '-e', '-f', config]);
  children.push(sshd);
  await answering(sshd, port);
  writeFileSync(
    join(directory, 'known'),
    `[127.0.0.1]:${port} ${readFileSync(join(directory, 'host.pub'), 'utf8')}`,
  );
  await trial.write(
    'ssh config',
    `IdentityFile ${directory}/user\nIdentitiesOnly yes\nUserKnownHostsFile ${directory}/known\nStrictHostKeyChecking yes\n`,
  );
  const recipe = await trial.recipe(
    'golden',
    `source: {host: {ssh: root@127.0.0.1, port: ${port}, ssh_config: "ssh config", exclude: ["/opt/big*"]}}\n`,
  );
  return { recipe, tree };
}

test('a running machine over ssh: all of it but what is bound to it', async () => {
  const { recipe, tree } = await machine();
  const put = (path: string, content: string) => {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), content);
  };
  put(
    'etc/fstab',
    '# disks\nUUID=1 / ext4 defaults 0 1\ntmpfs /tmp tmpfs defaults 0 0\nfiler:/x /x nfs rw 0 0\n',
  );
  put('etc/hostname', 'golden\n');
  put('etc/machine-id', 'x\n');
  put('etc/ssh/ssh_host_ed25519_key', 'secret\n');
  put('etc/sysconfig/network-scripts/ifcfg-lo', 'DEVICE=lo\n');
  put('etc/sysconfig/network-scripts/ifcfg-eth0', 'HWADDR=52:54:00:00:00:01\n');
  put('etc/sysconfig/network', 'NETWORKING=yes\nHOSTNAME=golden.example\nGATEWAY=10.0.0.1\n');
  put('etc/systemd/network/eth0.network', '[Match]\nMACAddress=52:54:00:00:00:01\n');
  put('etc/nvme/hostnqn', 'nqn.2014-08.org.nvmexpress:uuid:1\n');
  put('etc/mdadm.conf', 'ARRAY /dev/md0 UUID=1\n');
  put('etc/lvm/backup/vg0', 'of its disks\n');
  put('etc/udev/rules.d/70-persistent-net.rules', 'ATTR{address}=="52:54:00:00:00:01"\n');
  put('.readahead', 'x');
  put('var/lib/rpm/__db.001', 'x');
  put('data nfs/file', 'of the filer\n');
  put('opt/tool/a', 'kept\n');
  put('opt/big1/a', 'left out\n');
  put('home/ann/a', 'left out\n');
  put('mnt/usb/a', 'left out\n');
  run('ln', join(tree, 'opt/tool/a'), join(tree, 'opt/tool/b'));
  run('setfattr', '-n', 'user.note', '-v', 'hello', join(tree, 'opt/tool/a'));
  run('setfacl', '-m', 'u:1234:r', join(tree, 'opt/tool/a'));
  run('setcap', 'cap_net_raw+ep', join(tree, 'usr/bin/rsync'));
  run('chown', '4321:1234', join(tree, 'opt/tool'));
  run('truncate', '-s', '50M', join(tree, 'opt/tool/sparse'));
  const { built, events } = await trial.build(recipe);
  expect(built.cached).toBe(false);
  await using copy = await unpacked(trial.installation, 'golden');
  const at = (path: string) => join(copy.path, path);
  expect(readFileSync(at('etc/fstab'), 'utf8')).toBe('# disks\ntmpfs /tmp tmpfs defaults 0 0\n');
  expect(readFileSync(at('etc/sysconfig/network'), 'utf8')).toBe('NETWORKING=yes\n');
  for (const gone of [
    'etc/hostname',
    'etc/ssh/ssh_host_ed25519_key',
    'etc/sysconfig/network-scripts/ifcfg-eth0',
    'var/lib/rpm/__db.001',
    'data nfs/file',
    'opt/big1',
    'home/ann',
    'mnt/usb',
    'proc/self',
  ])
    expect(() => run('stat', at(gone)), gone).toThrow();
  for (const mountPoint of [
    'proc',
    'sys',
    'dev',
    'run',
    'tmp',
    'home',
    'mnt',
    'data nfs',
    'etc/sysconfig/network-scripts/ifcfg-lo',
  ])
    run('stat', at(mountPoint));
  expect(readFileSync(at('etc/machine-id'), 'utf8')).toBe('');
  expect(run('stat', '-c', '%h', at('opt/tool/b')).trim()).toBe('2');
  expect(run('stat', '-c', '%u:%g', at('opt/tool')).trim()).toBe('4321:1234');
  expect(run('getfattr', '-n', 'user.note', at('opt/tool/a'))).toContain('hello');
  expect(run('getfacl', '--numeric', at('opt/tool/a'))).toContain('user:1234:r--');
  expect(run('getcap', at('usr/bin/rsync'))).toContain('cap_net_raw');
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'notice', lines: expect.arrayContaining(['/etc/fstab']) as unknown }),
  );
  expect((await trial.build(recipe)).built).toMatchObject({ cached: true, digest: built.digest });
  put('opt/tool/new', 'x');
  expect((await trial.build(recipe)).built.digest).not.toBe(built.digest);
});

test('a machine that does not answer, and one that wants a password, are errors without a question', async () => {
  const { recipe, tree } = await machine();
  writeFileSync(join(trial.directory, 'user.pub'), '');
  await expect(trial.build(recipe)).rejects.toMatchObject({
    code: 'build/host-failed',
    output: expect.stringContaining('Permission denied') as string,
  });
  rmSync(tree, { recursive: true });
  for (const ssh of ['-oProxyCommand=touch', 'root@-x', 'a b', 'a;b', 'x@y@z'])
    await expect(
      trial.build(await trial.recipe('evil', `source: {host: {ssh: ${JSON.stringify(ssh)}}}\n`)),
    ).rejects.toThrow(code('yaml/wrong-value'));
  expect((await (await Catalog.open(trial.installation.paths)).list()).length).toBe(0);
});
