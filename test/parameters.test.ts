/** The parameters files of disklessset's documentation, built by the command line from a real RPM distribution. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlueBanquise, HASH } from '../src/bluebanquise/fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { rpmDistribution, type RpmDistribution } from './support/rpm/distribution.ts';
import { Trial } from './support/tiny.ts';
import { unpacked } from './support/unpacked.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g root@mngt';
const PASSWORD = 'Corr3ctHorse';

let trial: Trial;
let distribution: RpmDistribution;
let kernel: string;

function slipway(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SLIPWAY_ROOT: join(trial.directory, 'root') };
  return spawnSync('bin/slipway', words, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
}

beforeAll(async () => {
  distribution = await rpmDistribution();
  trial = await Trial.open();
  const { key, release9 } = distribution;
  const repository = {
    id: 'slt',
    baseurl: release9.url.replace(/9$/, '$releasever'),
    gpgkey: key,
  };
  mkdirSync(trial.installation.paths.etc, { recursive: true });
  writeFileSync(
    join(trial.installation.paths.etc, 'config.yml'),
    stringify({ redhat: { repositories: [repository] } }),
  );
  const packages = globSync(join(release9.directory, '**/kernel-{core,modules,modules-core}-[0-9]*.rpm'));
  const added = slipway('kernel', 'add', ...packages, '--json');
  expect(added.status, added.stderr + added.stdout).toBe(0);
  const listed = JSON.parse(slipway('kernel', 'ls', '--json').stdout) as { version: string }[];
  kernel = listed[0]?.version ?? '';
}, 900_000);
afterAll(async () => await trial[Symbol.asyncDispose]());

function parameters(text: string): string {
  const file = join(trial.directory, 'parameters.yml');
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
}

test(
  'a livenet image from its template: packages, password, key, sshd, os-release',
  { timeout: 600_000 },
  async () => {
    const pub = await trial.write('id_rsa.pub', `${KEY}\n`);
    const file = parameters(`  image_data:

      name: livenet1
      password: ${PASSWORD}
      kernel: vmlinuz-${kernel}
      livenet_type: Type.CORE
      livenet_size: 700
      ssh_pub_key: ${pub}
      selinux: False
      optimize: False
      additional_packages: ['gzip']
      release_version: 9
      image_class: LivenetImage
`);
    const built = slipway('build', file, '--json');
    expect(built.status, built.stderr + built.stdout.slice(-3000)).toBe(0);
    expect(built.stdout + built.stderr).not.toContain(PASSWORD);
    const hash = /\$6\$/;
    expect(built.stdout).not.toMatch(hash);
    for (const log of globSync(join(trial.installation.paths.logs, '**/*.log')))
      expect(readFileSync(log, 'utf8')).not.toMatch(/Corr3ctHorse|\$6\$/);
    const shown = slipway('image', 'show', 'livenet1', '--json').stdout;
    expect(shown).not.toMatch(hash);
    expect(JSON.parse(shown)).toMatchObject({ kernel });

    await using root = await unpacked(trial.installation, 'livenet1');
    const read = (path: string) => readFileSync(join(root.path, path), 'utf8');
    const [, shadow = ''] = /^root:([^:]*):/m.exec(read('etc/shadow')) ?? [];
    const crypt = spawnSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', PASSWORD, shadow]);
    expect(crypt.stdout.toString()).toBe(shadow);
    expect(read('root/.ssh/authorized_keys')).toBe(`${KEY}\n`);
    expect(read('etc/os-release')).toMatch(
      new RegExp(
        `BLUEBANQUISE_IMAGE_NAME="livenet1"\nBLUEBANQUISE_IMAGE_KERNEL="vmlinuz-${kernel.replaceAll('+', '\\+')}"\nBLUEBANQUISE_IMAGE_DATE="\\d{4}-\\d\\d-\\d\\d"\n$`,
      ),
    );
    // The image's own sshd says what it takes from its configuration.
    const chroot = (...argv: string[]) => spawnSync('chroot', [root.path, ...argv], { encoding: 'utf8' });
    execFileSync('mknod', ['-m', '666', join(root.path, 'dev/null'), 'c', '1', '3']);
    mkdirSync(join(root.path, 'run/sshd'), { recursive: true });
    expect(chroot('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/tmp/key').status).toBe(0);
    const sshd = chroot('/usr/sbin/sshd', '-T', '-h', '/tmp/key', '-C', 'user=root,host=x,addr=10.0.0.1');
    expect(sshd).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('permitrootlogin yes\n'),
    });
    // The same file again: nothing new.
    const again = slipway('build', file, '--json').stdout.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(again)).toMatchObject({ generation: 1, cached: true });
  },
);

test('defect 19: a staging image has the release that was asked for', { timeout: 600_000 }, async () => {
  const file = parameters(`image_data:
  name: nfs1
  password: ${PASSWORD}
  kernel: vmlinuz-${kernel}
  additional_packages: ['gzip']
  release_version: 8
  image_class: NfsStagingImage
`);
  const built = slipway('build', file, '--json');
  expect(built.status, built.stderr + built.stdout.slice(-3000)).toBe(0);
  await using root = await unpacked(trial.installation, 'nfs1');
  expect(readFileSync(join(root.path, 'etc/os-release'), 'utf8')).toMatch(/^VERSION_ID="?8/m);
});

test('defect 9: all packages that no repository has are told at once', { timeout: 120_000 }, () => {
  const file = parameters(`image_data:
  name: nfs2
  password: ${PASSWORD}
  kernel: vmlinuz-${kernel}
  additional_packages: ['gzip', 'nosuch1', 'nosuch2']
  release_version: 9
  image_class: NfsStagingImage
`);
  const built = slipway('build', file);
  expect(built.status).toBe(1);
  expect(built.stderr).toContain('nosuch1');
  expect(built.stderr).toContain('nosuch2');
  expect(built.stderr).toContain('parameters.yml:5:');
});

test(
  'a tree of BlueBanquise is taken over with its kernel, and its node gets it',
  { timeout: 600_000 },
  async () => {
    await using there = await BlueBanquise.open();
    await there.kernel(kernel);
    await there.image('nfs1', {
      password: HASH,
      kernel: `vmlinuz-${kernel}`,
      image_class: 'NfsStagingImage',
    });
    await there.node('c001', 'diskless', { image: 'nfs1' });
    {
      await using root = await unpacked(trial.installation, 'nfs1');
      cpSync(root.path, join(there.nfs, 'staging/nfs1'), { recursive: true, verbatimSymlinks: true });
    }
    const words = [
      'import',
      'bluebanquise',
      there.directory,
      '--nfs',
      there.nfs,
      '--trees',
      '--apply',
      '--json',
    ];
    const done = slipway(...words);
    expect(done.status, done.stderr + done.stdout.slice(-3000)).toBe(0);
    const result = JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '') as unknown;
    expect(result).toMatchObject({
      kernels: [{ version: kernel, state: 'there' }],
      applied: { images: ['nfs1:2'], failed: [], change: 1 },
    });
    const shown = JSON.parse(slipway('image', 'show', 'nfs1', '--json').stdout) as unknown;
    expect(shown).toMatchObject({ kernel, state: 'ready' });
    expect(slipway('boot', 'show', 'c001', '--json').status).toBe(0);
  },
);

test('a demo image', () => {
  const file = parameters('image_data:\n  name: demo1\n  image_class: DemoImage\n  my_message: Hello\n');
  expect(slipway('build', file).status).toBe(0);
  expect(JSON.parse(slipway('image', 'show', 'demo1', '--json').stdout)).toMatchObject({
    description: 'Hello',
  });
});

test('wrong files end with 2, and --set is for recipes', () => {
  expect(slipway('build', parameters('image_data:\n  name: x\n'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Name or class not specified in the parameters file'),
  });
  expect(slipway('build', '--set', 'a=b', parameters('image_data:\n  name: x\n'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--set is for recipes'),
  });
});
