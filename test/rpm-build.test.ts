/** Builds of RPM trees with the real dnf, from tiny repositories that are made here. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { BuildOptions } from '../src/build/context.ts';
import type { ImageConfig } from '../src/image/types.ts';
import type { SlipwayError } from '../src/system/errors.ts';
import { Namespace } from '../src/system/namespace.ts';
import { Sandbox } from '../src/system/sandbox.ts';
import { workDirectory } from '../src/system/workdir.ts';
import { comps, moduleStream, SigningKey, SYSTEM, TinyMirror, TinyRepo, type TinyPackage } from './support/rpm/tiny-repo.ts'; // prettier-ignore
import { Trial, traces } from './support/tiny.ts';

const run = promisify(execFile);
const SLIPWAY = join(import.meta.dirname, '../bin/slipway');
const KERNEL = '5.14.0-1.tiny';

// dnf starts many times here, and other tests load the machine.
vi.setConfig({ testTimeout: 120_000 });

let trial: Trial;
let keys: string;
let good: SigningKey;
let stranger: SigningKey;
let base: TinyRepo;
let mirror: TinyMirror;

const PACKAGES: TinyPackage[] = [
  SYSTEM,
  {
    name: 'hello',
    requires: ['tiny-system'],
    recommends: ['hello-extra'],
    files: {
      '/usr/bin/hello': '#!/bin/sh\necho hello\n',
      '/usr/share/doc/hello/README': 'read me',
      '/usr/share/locale/de/hello': 'hallo',
      '/usr/share/locale/en/hello': 'hello',
    },
    docs: ['/usr/share/doc/hello/README'],
    languages: { '/usr/share/locale/de/hello': 'de', '/usr/share/locale/en/hello': 'en' },
  },
  { name: 'hello-extra', files: { '/usr/share/hello-extra': 'extra' } },
  { name: 'fire', conflicts: ['water'], files: { '/usr/share/fire': 'fire' } },
  { name: 'water', files: { '/usr/share/water': 'water' } },
  { name: 'needy', requires: ['nobody-has-this'], files: { '/usr/share/needy': 'x' } },
  {
    name: 'nosy',
    requires: ['tiny-system'],
    files: { '/usr/share/nosy': 'x' },
    // What it finds out stays in the image, for the test to look at.
    post: `{ ls /; echo "--"; ls /proc/sys/net/ipv4/conf; echo "--"; ls /home /var/lib/slipway /slipway 2>&1; echo "--"; id -u; ls -l /dev; wget -q -O- http://127.0.0.1:1 2>&1; } > /usr/share/nosy || true
echo poison > /run/slipway/cache/poison || true`,
  },
  {
    name: 'kernel-core',
    version: '5.14.0',
    requires: ['tiny-system'],
    files: {
      [`/usr/lib/modules/${KERNEL}/vmlinuz`]: 'kernel',
      [`/usr/lib/modules/${KERNEL}/modules.order`]: '',
      [`/usr/lib/modules/${KERNEL}/modules.builtin`]: '',
    },
    posttrans: `ls -l /etc/kernel/install.d > /usr/lib/modules/${KERNEL}/seen 2>&1; echo "$KERNEL_INSTALL_BYPASS" >> /usr/lib/modules/${KERNEL}/seen; exit 0`,
  },
  { name: 'tiny-release', files: { '/etc/yum.repos.d/tiny.repo': '[base]\nname=The release’s own\nbaseurl=http://127.0.0.1:1/\n\n[tiny-extras]\nname=Extras\nbaseurl=http://127.0.0.1:1/\nenabled=1\n' } },
  { name: 'bad-script', requires: ['tiny-system'], files: { '/usr/share/bad': 'x' }, pre: 'echo this goes wrong; exit 1' },
]; // prettier-ignore

beforeAll(async () => {
  trial = await Trial.open();
  const at = (name: string) => join(trial.directory, name);
  // Keys have agents that run on: not below what is looked through for traces.
  keys = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
  good = await SigningKey.make(keys, 'good');
  stranger = await SigningKey.make(keys, 'stranger');
  for (const { file } of [good, stranger]) await copyFile(file, at(basename(file)));
  base = await TinyRepo.make(at('mirror/9'));
  await base.add(PACKAGES, good);
  await base.add(
    [{ name: 'ring', version: '1', release: '1.m1', files: { '/usr/share/ring': 'one' } }],
    good,
  );
  await base.add(
    [{ name: 'ring', version: '2', release: '1.m2', files: { '/usr/share/ring': 'two' } }],
    good,
  );
  await base.add([{ name: 'naked', files: { '/usr/share/naked': 'x' } }], undefined);
  await base.add([{ name: 'foreign', files: { '/usr/share/foreign': 'x' } }], stranger);
  const modules =
    moduleStream('ring', '1', 'el9', ['ring-0:1-1.m1.x86_64']) +
    moduleStream('ring', '2', 'el9', ['ring-0:2-1.m2.x86_64']);
  await base.index({ comps: comps({ core: ['tiny-system', 'hello'] }), modules, sign: good });
  const eight = await TinyRepo.make(at('mirror/8'));
  await eight.add([SYSTEM, { name: 'hello', version: '0.8', files: { '/usr/share/hello': 'eight' } }], good);
  await eight.index();
  mirror = await TinyMirror.serve(at('mirror'));
}, 120_000);
afterAll(async () => {
  await mirror.close();
  for (const key of [good, stranger]) await key.close();
  await rm(keys, { recursive: true, force: true });
  await trial[Symbol.asyncDispose]();
});

/** The recipe's text with a `redhat` source on the mirror; `more`: further lines of it. */
function redhat(more: string, steps = '', repository = ''): string {
  return `source:
  redhat:
    type: none
    release: 9
    repositories:
      - {id: base, baseurl: "${mirror.url}/$releasever", gpgkey: good.asc${repository}}
${more.replace(/^/gm, '    ')}
${steps}`;
}

async function build(name: string, text: string, options: Partial<BuildOptions> = {}) {
  const { built, events } = await trial.build(await trial.recipe(name, text), options);
  const catalog = await Catalog.open(trial.installation.paths);
  const { config } = await catalog.resolve(`${name}:${built.generation}`);
  return { built, events, config };
}

/** What a build that must fail says; dnf must not have installed anything. */
async function failure(
  name: string,
  text: string,
  options: Partial<BuildOptions> = {},
): Promise<SlipwayError> {
  try {
    await build(name, text, options);
  } catch (error) {
    return error as SlipwayError;
  }
  throw new Error(`${name} was built`);
}

async function look<T>(config: ImageConfig, work: (root: string) => Promise<T>): Promise<T> {
  const { paths } = trial.installation;
  const catalog = await Catalog.open(paths);
  await using directory = await workDirectory(paths, 'look');
  const lowers = config.layers.map((l) => ({ blob: catalog.blobPath(l.digest), format: l.format }));
  await using sandbox = await Sandbox.open(paths, directory.path, lowers, false);
  return await work(sandbox.root);
}

const text = async (root: string, path: string) =>
  await readFile(join(root, path), 'utf8').catch(() => undefined);
const names = (config: ImageConfig) => config.packages.map((p) => p.name);

describe('a tree by dnf', () => {
  it('has the packages, no docs, one language, no weak dependencies, and knows its repositories', async () => {
    const { config } = await build('plain', redhat('packages: [hello, tiny-release]'));
    expect(config.packages).toEqual([
      { name: 'hello', version: '1-1', architecture: 'x86_64' },
      { name: 'tiny-release', version: '1-1', architecture: 'x86_64' },
      { name: 'tiny-system', version: '1-1', architecture: 'x86_64' },
    ]);
    await look(config, async (root) => {
      expect(await text(root, 'usr/bin/hello')).toContain('echo hello');
      expect(await text(root, 'usr/share/doc/hello/README')).toBeUndefined();
      expect(await text(root, 'usr/share/locale/de/hello')).toBeUndefined();
      expect(await text(root, 'usr/share/locale/en/hello')).toBe('hello');
      const ours = await text(root, 'etc/yum.repos.d/slipway.repo');
      expect(ours).toContain('[base]');
      expect(ours).toContain(`baseurl=${mirror.url}/$releasever`);
      expect(ours).toContain('gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-slipway-base');
      expect(await text(root, 'etc/pki/rpm-gpg/RPM-GPG-KEY-slipway-base')).toBe(
        await readFile(good.file, 'utf8'),
      );
      // What the release package brought stays, but is out of the way.
      const own = await text(root, 'etc/yum.repos.d/tiny.repo');
      expect(own).toContain('# [base]');
      expect(own).toMatch(/\[tiny-extras\][^[]*enabled=0/);
      expect(await text(root, 'etc/dnf/vars/releasever')).toBe('9\n');
      expect(await text(root, 'etc/dnf/dnf.conf')).toContain('module_platform_id=platform:el9');
      // Nothing of dnf's own work stays.
      expect((await readdir(join(root, 'var/lib/rpm'))).toSorted()).toEqual(['rpmdb.sqlite']);
      expect(await readdir(join(root, 'var/lib')).then((all) => all.includes('dnf'))).toBe(false);
      expect(await readdir(join(root, 'run'))).toEqual([]);
      expect(await readdir(join(root, 'etc')).then((all) => all.includes('kernel'))).toBe(false);
    });
  });

  it('takes docs, all languages and weak dependencies on request', async () => {
    const { config } = await build(
      'rich',
      redhat('packages: [hello]\ndocs: true\nlanguages: [all]\nweak_dependencies: true'),
    );
    expect(names(config)).toContain('hello-extra');
    await look(config, async (root) => {
      expect(await text(root, 'usr/share/doc/hello/README')).toBe('read me');
      expect(await text(root, 'usr/share/locale/de/hello')).toBe('hallo');
    });
  });

  it('takes groups, leaves out what is excluded', async () => {
    expect(names((await build('group', redhat('packages: ["@core"]'))).config)).toEqual([
      'hello',
      'tiny-system',
    ]);
    const without = redhat('packages: ["@core"]\nexclude: [hell*]');
    expect(names((await build('without', without)).config)).toEqual(['tiny-system']);
  });

  it('enables module streams, and installs their profiles', async () => {
    const one = await build('module-one', redhat('packages: [ring]\nmodules: ["ring:1"]'));
    expect(one.config.packages).toMatchObject([{ name: 'ring', version: '1-1.m1' }]);
    const two = await build('module-two', redhat('modules: ["ring:2/common"]'));
    expect(two.config.packages).toMatchObject([{ name: 'ring', version: '2-1.m2' }]);
    const none = await failure('module-none', redhat('packages: [ring]\nmodules: ["ring:3"]'));
    expect(none.code).toBe('dnf/unknown-module');
  });

  it('defects 13 and 19: the release asked for is the one that is installed', async () => {
    const { config } = await build('eight', redhat('packages: [hello]').replace('release: 9', 'release: 8'));
    expect(config.packages).toContainEqual({ name: 'hello', version: '0.8-1', architecture: 'x86_64' });
    await look(config, async (root) => {
      expect(await text(root, 'etc/dnf/vars/releasever')).toBe('8\n');
      expect(await text(root, 'etc/dnf/dnf.conf')).toContain('module_platform_id=platform:el8');
    });
  });

  it('is the same twice, with the same date of installation', async () => {
    const recipe = redhat('packages: [hello]', 'steps:\n  - packages: [water]\n');
    const first = await build('twice', recipe);
    const second = await build('twice', recipe, { noCache: true });
    expect(second.built).toMatchObject({ cached: false, generation: 1, digest: first.built.digest });
    expect((await build('twice', recipe)).built).toMatchObject({ cached: true, digest: first.built.digest });
  });
});

describe('defect 2: keys and signatures', () => {
  it('a repository without gpgkey is a mistake of the recipe, at its place', async () => {
    const error = await failure('keyless', redhat('packages: [hello]').replace(', gpgkey: good.asc', ''));
    expect(error.message).toContain('repository base has no gpgkey');
    expect(error.where).toMatchObject({ line: 7 });
  });

  it('a key that is not there, or is none, is named with its repository before anything is fetched', async () => {
    const asked = mirror.asked.length;
    const gone = await failure('gone', redhat('packages: [hello]').replace('good.asc', 'gone.asc'));
    expect(gone).toMatchObject({
      code: 'repository/unreadable-gpgkey',
      where: { line: 7, column: expect.any(Number) as number },
    });
    expect(gone.message).toContain('The gpgkey gone.asc of repository base');
    await trial.write('page.html', '<html>404 not found</html>');
    const page = await failure('page', redhat('packages: [hello]').replace('good.asc', 'page.html'));
    expect(page).toMatchObject({ code: 'repository/not-a-gpgkey', where: { line: 7 } });
    expect(mirror.asked.length).toBe(asked);
  });

  it('a key by URL is fetched and looked at, too', async () => {
    await writeFile(join(trial.directory, 'mirror/good.asc'), await readFile(good.file));
    const by = (name: string) => redhat('packages: [water]').replace('good.asc', `"${mirror.url}/${name}"`);
    expect(names((await build('by-url', by('good.asc'))).config)).toEqual(['water']);
    const error = await failure('no-url', by('other.asc'));
    expect(error).toMatchObject({ code: 'repository/unreadable-gpgkey' });
    expect(error.message).toContain('404');
  });

  it('an unsigned package, and one with another key, are refused', async () => {
    for (const [name, words] of [['naked', 'is not signed'], ['foreign', 'is not signed with its key']] as const) {
      const error = await failure(name, redhat(`packages: [${name}]`));
      expect(error).toMatchObject({ code: 'dnf/untrusted' });
      expect(error.message).toContain(words);
      expect(error.output).toContain(name);
    }
    const open = await build('open', redhat('packages: [naked]', '', ', gpgcheck: false'));
    expect(names(open.config)).toEqual(['naked']);
  }); // prettier-ignore

  it('metadata must be signed where that is asked for', async () => {
    const checked = ', repo_gpgcheck: true';
    expect(names((await build('checked', redhat('packages: [water]', '', checked))).config)).toEqual([
      'water',
    ]);
    const wrong = redhat('packages: [fire]', '', checked).replace('good.asc', 'stranger.asc');
    expect(await failure('wrong-key', wrong)).toMatchObject({ code: 'dnf/untrusted' });
  });

  it('tampered metadata and packages are refused', async () => {
    const repo = await TinyRepo.make(join(trial.directory, 'mirror/tampered'));
    await repo.add([{ name: 'water', files: { '/usr/share/water': 'water' } }], good);
    await repo.index();
    const recipe = redhat('packages: [water]').replace('$releasever', 'tampered');
    const [primary = ''] = (await readdir(join(repo.directory, 'repodata'))).filter((n) =>
      n.includes('primary'),
    );
    const file = join(repo.directory, 'repodata', primary);
    const was = await readFile(file);
    await writeFile(
      file,
      was.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    );
    expect(await failure('metadata', recipe)).toMatchObject({ code: 'dnf/damaged' });
    await writeFile(file, was);
    const [rpm = ''] = await readdir(join(repo.directory, 'Packages'));
    const packed = await readFile(join(repo.directory, 'Packages', rpm));
    packed[packed.length - 20] = (packed[packed.length - 20] ?? 0) ^ 1;
    await writeFile(join(repo.directory, 'Packages', rpm), packed);
    expect(await failure('package', recipe)).toMatchObject({ code: 'dnf/damaged' });
  });
});

describe('what cannot be installed', () => {
  it('defect 9: every unknown package is named, with a near one, before anything is downloaded', async () => {
    const asked = () => mirror.asked.filter((path) => path.endsWith('.rpm')).length;
    const before = asked();
    const error = await failure(
      'misspelt',
      redhat(
        'packages: [helo, water, "@cor"]',
        'steps:\n  - packages: [watter]\n  - kernel: {package: kernel-cor}\n',
      ),
    );
    expect(error.code).toBe('build/unknown-package');
    const all = [error, ...error.also];
    expect(all.map((e) => e.message).join('\n')).toMatch(/helo[\s\S]*@cor[\s\S]*watter[\s\S]*kernel-cor/);
    expect(all.map((e) => e.todo).join('\n')).toMatch(
      /hello\?[\s\S]*@core\?[\s\S]*water\?[\s\S]*kernel-core\?/,
    );
    expect(all.at(-1)?.where).toMatchObject({ line: 11 });
    expect(asked()).toBe(before);
  });

  it('conflicts and missing dependencies are explained', async () => {
    for (const wanted of ['[fire, water]', '[needy]']) {
      const error = await failure('conflict', redhat(`packages: ${wanted}`));
      expect(error).toMatchObject({ code: 'dnf/conflict' });
      expect(error.message).toMatch(/fire|nobody-has-this|needy/);
    }
  });

  it('a script that fails stops the build and is named', async () => {
    const error = await failure('script', redhat('packages: [bad-script]'));
    expect(error).toMatchObject({ code: 'dnf/script' });
    expect(error.message).toContain('bad-script');
    expect(error.output).toContain('this goes wrong');
  });

  it('an unreachable mirror is named', async () => {
    const error = await failure(
      'away',
      redhat('packages: [hello]').replace(mirror.url, 'http://127.0.0.1:1'),
    );
    expect(error).toMatchObject({ code: 'dnf/unreachable' });
    expect(error.message).toContain('Repository base');
  });

  it('without any repository says where to name one', async () => {
    const error = await failure('nowhere', 'source: {redhat: {release: 9, repositories: host}}\n');
    expect(error.code).toBe('dnf/no-repositories');
  });
});

describe('later steps', () => {
  it('install, remove, take groups and a kernel, also in an image that stands on this one', async () => {
    const parent = await build('parent', redhat('packages: [tiny-system, water]'));
    expect(names(parent.config)).toEqual(['tiny-system', 'water']);
    const child = await build(
      'child',
      `from: parent
steps:
  - packages: {install: ["@core"], recommends: true}
  - packages: {install: [fire], remove: [water]}
  - packages: [kernel-core]
`,
    );
    expect(names(child.config)).toEqual(['fire', 'hello', 'hello-extra', 'kernel-core', 'tiny-system']);
    await look(child.config, async (root) => {
      // As in the parent: no docs, one language.
      expect(await text(root, 'usr/share/doc/hello/README')).toBeUndefined();
      expect(await text(root, 'usr/share/locale/de/hello')).toBeUndefined();
      // Nobody made an initramfs or a boot entry, and nothing is left of what kept them from it.
      const seen = await text(root, `usr/lib/modules/${KERNEL}/seen`);
      expect(seen).toMatch(/50-dracut\.install -> \/dev\/null/);
      expect(seen).toMatch(/^1$/m);
      expect(await readdir(join(root, 'etc')).then((all) => all.includes('kernel'))).toBe(false);
      expect(await readdir(join(root, 'usr/lib/modules', KERNEL))).toContain('modules.dep');
    });
    await trial.build(await trial.recipe('lost', 'from: parent\nsteps:\n  - packages: [wather]\n')).then(
      () => expect.unreachable(),
      (error: SlipwayError) => {
        expect(error).toMatchObject({ code: 'build/unknown-package', where: { line: 4 } });
        expect(error.todo).toContain('water');
      },
    );
  });

  it('scripts of packages see no host, no network, and cannot touch the cache of others', async () => {
    const { config } = await build('nosy', redhat('packages: [nosy]'));
    await look(config, async (root) => {
      const [top = '', devices = '', host = ''] = ((await text(root, 'usr/share/nosy')) ?? '').split('--\n');
      expect(top).not.toMatch(/slipway|home/);
      expect(devices.split('\n').filter((l) => /^(eth|en|docker|br)/.test(l))).toEqual([]);
      expect(host).toMatch(/\/home: No such file/);
      expect(host).toMatch(/\/var\/lib\/slipway: No such file/);
    });
    const cache = join(trial.installation.paths.cache, 'dnf');
    const files = (await readdir(cache, { recursive: true })).filter((n) => n.endsWith('poison'));
    expect(files).toEqual([]);
  });

  it('use what a package brings in repositories, and its key', async () => {
    const extra = await TinyRepo.make(join(trial.directory, 'mirror/extra'));
    await extra.add([{ name: 'jewel', files: { '/usr/share/jewel': 'x' } }], stranger);
    await extra.index();
    const shop = await TinyRepo.make(join(trial.directory, 'mirror/shop'));
    const repo = `[extra]\nname=Extra\nbaseurl=${mirror.url}/extra\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/EXTRA\n`;
    const files = {
      '/etc/yum.repos.d/extra.repo': repo,
      '/etc/pki/rpm-gpg/EXTRA': await readFile(stranger.file, 'utf8'),
    };
    await shop.add([SYSTEM, { name: 'extra-release', files }], good);
    await shop.index();
    const { config } = await build(
      'shopping',
      redhat(
        'packages: [tiny-system]',
        'steps:\n  - packages: [extra-release]\n  - packages: [jewel]\n',
      ).replace('$releasever', 'shop'),
    );
    expect(names(config)).toEqual(['extra-release', 'jewel', 'tiny-system']);
  });
});

describe('beside a tree', () => {
  it('a program of the host sees public parts of the host only, and can change none', async () => {
    await using work = await workDirectory(trial.installation.paths, 'beside');
    await using sandbox = await Sandbox.open(trial.installation.paths, work.path, []);
    const top = await sandbox.beside(['ls', '/']);
    const allowed = ['bin', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'proc', 'run', 'sbin', 'tmp', 'tree', 'usr', 'var'];
    expect(top.stdout.trim().split('\n').filter((name) => !allowed.includes(name))).toEqual([]);
    const etc = await sandbox.beside(['find', '/etc', '/var', '-name', '*shadow*', '-o', '-name', '*private*', '-o', '-name', 'resolv.conf', '-o', '-name', 'slipway*']);
    expect(etc.stdout).toBe('');
    expect((await sandbox.beside(['find', '/usr/local', '-mindepth', '1'])).stdout).toBe('');
    await expect(sandbox.beside(['touch', '/usr/bin/x'])).rejects.toMatchObject({ output: expect.stringMatching(/Read-only/) as string });
    await expect(sandbox.beside(['mount', '-t', 'tmpfs', 'x', '/mnt'])).rejects.toThrow('mount failed');
    await expect(sandbox.beside(['mknod', '/tree/sda', 'b', '8', '0'])).rejects.toThrow('mknod failed');
    const links = await sandbox.beside(['ls', '/proc/sys/net/ipv4/conf']);
    expect(links.stdout.trim().split('\n').toSorted()).toEqual(['all', 'default', 'lo']);
  });

  it('a tree with a link where a file system is mounted is refused', async () => {
    const outside = join(trial.directory, 'outside');
    await mkdir(outside);
    const tree = join(trial.directory, 'hostile');
    await mkdir(tree);
    await symlink(outside, join(tree, 'run'));
    await using work = await workDirectory(trial.installation.paths, 'beside');
    await using sandbox = await Sandbox.open(trial.installation.paths, work.path, [{ directory: tree }]);
    await expect(sandbox.beside(['true'])).rejects.toMatchObject({ code: 'sandbox/odd-tree' });
    expect(await readdir(outside)).toEqual([]);
  });
}); // prettier-ignore

describe('a full disk', () => {
  it('is told as such, in the download and in the tree, and the next build works', async () => {
    const repo = await TinyRepo.make(join(trial.directory, 'mirror/big'));
    await trial.write('noise', '');
    await writeFile(join(trial.directory, 'noise'), randomBytes(20 << 20));
    await writeFile(join(trial.directory, 'zeros'), Buffer.alloc(40 << 20));
    const copies = (name: string) => ({ [`/usr/share/${name}`]: join(trial.directory, name) });
    await repo.add([{ name: 'noise', copies: copies('noise') }, { name: 'zeros', copies: copies('zeros') }, { name: 'one' }], good);
    await repo.index();
    const small = join(trial.directory, 'small');
    await mkdir(small);
    await using space = await Namespace.open();
    await space.run(['mount', '-t', 'tmpfs', '-o', 'size=16M', 'tmpfs', small]);
    for (const [name, result] of [['one', 'built'], ['noise', 'error'], ['zeros', 'error'], ['one', 'built']] as const) {
      const file = await trial.recipe(`full-${name}`, redhat(`packages: [${name}]`).replace('$releasever', 'big'));
      const { stdout } = await space.run([SLIPWAY, 'build', file, '--json'], { env: { SLIPWAY_ROOT: small }, okCodes: [0, 1] });
      const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { event: string; code?: string };
      expect([name, last.event]).toEqual([name, result]);
      if (result === 'error') expect(last.code).toBe('build/disk-full');
    }
  });
}); // prettier-ignore

describe('an image whose own rpm writes another form of database', () => {
  it('can read its database, and later steps can, too', async () => {
    const repo = await TinyRepo.make(join(trial.directory, 'mirror/form'));
    // An rpm like that of release 8 is not to be had here: one that keeps its database in the file `Packages`
    // stands in, with the real programs behind it.
    const { stdout } = await run('ldd', ['/usr/bin/rpm', '/usr/bin/rpmdb']);
    const libraries = [
      ...new Set([...stdout.matchAll(/(\/\S+\.so[.\d]*) \(/g)].map(([, path = '']) => path)),
    ];
    const macros = await readFile('/usr/lib/rpm/macros', 'utf8');
    const fetched =
      'mkdir -p /tmp/form; if test -e "$from/Packages"; then cp "$from/Packages" /tmp/form/rpmdb.sqlite; fi';
    const rpm: TinyPackage = {
      name: 'rpm',
      requires: ['tiny-system'],
      files: {
        '/usr/bin/rpmdb': `#!/bin/sh\nfrom=$2; ${fetched}\n/usr/libexec/real/rpmdb --define "_db_backend sqlite" --dbpath /tmp/form "$3" || exit 1\nif [ "$3" = --importdb ]; then cp /tmp/form/rpmdb.sqlite "$2/Packages"; fi\n`,
        '/usr/bin/rpm': `#!/bin/sh\nfrom=/var/lib/rpm; if [ "$1" = --dbpath ]; then from=$2; shift 2; fi; ${fetched}\nexec /usr/libexec/real/rpm --define "_db_backend sqlite" --dbpath /tmp/form "$@"\n`,
      },
      copies: {
        '/usr/libexec/real/rpm': '/usr/bin/rpm',
        '/usr/libexec/real/rpmdb': '/usr/bin/rpmdb',
        '/usr/lib/rpm/rpmrc': '/usr/lib/rpm/rpmrc',
        '/usr/lib/rpm/macros': await trial.write('macros', macros.replace(/^%_db_backend.*$/m, '')),
        ...Object.fromEntries(libraries.map((path) => [path.replace(/^\/lib/, '/usr/lib'), path])),
      },
      links: { '/lib64': 'usr/lib64' },
    };
    await repo.add([SYSTEM, rpm, { name: 'one', files: { '/usr/share/one': '1' } }], good);
    await repo.index();
    const asks =
      'steps:\n  - packages: [one]\n  - run: /usr/bin/rpm -qa --qf "%{name} %{installtime}\\n" > /asked\n';
    const { config } = await build(
      'other-form',
      redhat('packages: [rpm]', asks).replace('$releasever', 'form'),
    );
    expect(names(config)).toEqual(['one', 'rpm', 'tiny-system']);
    await look(config, async (root) => {
      const asked = ((await text(root, 'asked')) ?? '').trim().split('\n').toSorted();
      expect(asked.map((line) => line.split(' ')[0])).toEqual(['gpg-pubkey', 'one', 'rpm', 'tiny-system']);
      // The date of the repository, and a second more for each package.
      for (const line of asked) expect(line).toMatch(/ 176722560\d$/);
      expect(await readdir(join(root, 'var/lib/rpm'))).toEqual(['Packages']);
    });
  });
});

describe('the cache', () => {
  it('serves a second image, and --offline, when the mirror is gone', async () => {
    const repo = await TinyRepo.make(join(trial.directory, 'mirror/short'));
    await repo.add([SYSTEM, { name: 'one', files: { '/usr/share/one': '1' } }, { name: 'two', files: { '/usr/share/two': '2' } }], good); // prettier-ignore
    await repo.index();
    const recipe = (packages: string) => redhat(`packages: [${packages}]`).replace('$releasever', 'short');
    const early = await failure('early', recipe('one'), { offline: true });
    expect(early.code).toBe('dnf/not-fetched');
    await build('first', recipe('tiny-system, one'));
    const before = mirror.asked.length;
    await build('second', recipe('tiny-system'));
    // Whether the index is still the same is all that was asked.
    expect(mirror.asked.slice(before).map((p) => p.replace(/.*\//, ''))).toEqual(['repomd.xml']);
    await rm(repo.directory, { recursive: true });
    const offline = await build('third', recipe('one'), { offline: true });
    expect(names(offline.config)).toEqual(['one']);
    expect((await build('first', recipe('tiny-system, one'), { offline: true })).built.cached).toBe(true);
    const missing = await failure('fourth', recipe('two'), { offline: true });
    expect(missing.code).toBe('dnf/not-fetched');
  });

  it('sees a new package as soon as the repository has it', async () => {
    const repo = await TinyRepo.make(join(trial.directory, 'mirror/moving'));
    await repo.add([{ name: 'one', files: { '/usr/share/one': '1' } }], good);
    await repo.index();
    const recipe = redhat('packages: [one]').replace('$releasever', 'moving');
    const before = await build('moving', recipe);
    expect(before.config.packages).toMatchObject([{ version: '1-1' }]);
    expect(before.config.date).toBe('2026-01-01T00:00:00Z');
    await repo.add([{ name: 'one', version: '2', files: { '/usr/share/one': '2' } }], good);
    await repo.index();
    const { built, config } = await build('moving', recipe);
    expect(built).toMatchObject({ generation: 2, cached: false });
    expect(config.packages).toMatchObject([{ version: '2-1' }]);
  });

  it('works with a repository that is a directory of this host', async () => {
    const local = redhat('packages: [hello]').replace(mirror.url, `file://${trial.directory}/mirror`);
    const { config } = await build('local', local);
    expect(names(config)).toEqual(['hello', 'tiny-system']);
    const child = await build('local-child', 'from: local\nsteps:\n  - packages: [water]\n');
    expect(names(child.config)).toContain('water');
  });
});

describe('the configuration', () => {
  it('names repositories for recipes that do not, with keys beside it', async () => {
    const { paths } = trial.installation;
    await trial.write('root/etc/slipway/repo.asc', await readFile(good.file, 'utf8'));
    await trial.write(
      'root/etc/slipway/config.yml',
      `redhat:\n  repositories:\n    - {id: base, baseurl: "${mirror.url}/$releasever", gpgkey: repo.asc}\n`,
    );
    const file = await trial.recipe(
      'configured',
      'source: {redhat: {release: 9, type: none, packages: [water]}}\n',
    );
    const words = { env: { ...process.env, SLIPWAY_ROOT: paths.root } };
    const { stdout } = await run(SLIPWAY, ['build', file, '--json'], words);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'built',
      image: 'configured',
    });
    await rm(join(paths.etc, 'repo.asc'));
    const error = await run(SLIPWAY, ['build', file, '--json'], words).catch(
      (e: { stdout: string }) => e.stdout,
    );
    expect(JSON.parse((error as string).trim().split('\n').at(-1) ?? '')).toMatchObject({
      code: 'repository/unreadable-gpgkey',
      where: { file: join(paths.etc, 'config.yml'), line: 3 },
    });
    await rm(join(paths.etc, 'config.yml'));
  });
});

describe('kill -9', () => {
  it('leaves nothing behind, and a rebuild works', async () => {
    const file = await trial.recipe('killed', redhat('packages: ["@core", nosy]', 'steps:\n  - packages: [water]\n'));
    const env = { ...process.env, SLIPWAY_ROOT: trial.installation.paths.root };
    for (const stop of [/makecache|base/, /Downloading/, /Running transaction$/, /Installing\s+: hello/, /water/]) {
      const child = spawn(SLIPWAY, ['build', file, '--json', '--no-cache'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = once(child, 'close');
      for await (const line of createInterface({ input: child.stdout })) {
        const event = JSON.parse(line) as { event: string; line?: string };
        if (event.event === 'output' && stop.test(event.line ?? '')) break;
      }
      child.kill('SIGKILL');
      await ended;
      for (let i = 0; i < 100 && traces(trial.directory).length > 0; i++) await sleep(20);
      expect(traces(trial.directory)).toEqual([]);
    }
    const { stdout } = await run(SLIPWAY, ['build', file, '--json'], { env });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'built', image: 'killed' });
    const work = await readdir(trial.installation.paths.work);
    expect(work.filter((name) => name !== 'locks')).toEqual([]);
  }, 120_000); // prettier-ignore
});
