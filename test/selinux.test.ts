/**
 * SELinux: labels of layers in tiny images, whose setfiles is a script that stands for the one of a
 * distribution; and a Debian that boots and enforces its policy, looked at from inside.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Digest, ImageConfig, PackedLayer } from '../src/image/types.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import { Sandbox } from '../src/system/sandbox.ts';
import { workDirectory } from '../src/system/workdir.ts';
import { imageTest } from '../src/vm/image-test.ts';
import { cachedImage, CHECKOUT, privateCopy } from './support/image-cache.ts';
import { rpmDistribution } from './support/rpm/distribution.ts';
import { rpmRecipe } from './support/rpm/recipe.ts';
import { Trial } from './support/tiny.ts';

const MINUTES = 60_000;
const context = (type: string) => `system_u:object_r:${type}:s0`;
const CONTEXTS = `/.* ${context('default_t')}\n/ -d ${context('root_t')}\n/etc(/.*)? ${context('etc_t')}\n/srv(/.*)? ${context('srv_t')}\n`;
const FILES = 'etc/selinux/tiny/contexts/files';
/** Knows every label but one. */
const SETFILES = `#!/bin/sh
while read -r _ _ label; do case $label in *bad_t*) echo "invalid context $label" >&2; exit 255;; esac; done </run/slipway/contexts/file_contexts.local
exit 0
`;

/** Type of every path of packed layers, mounted over each other; `-`: none. */
async function typesOf(
  { paths }: Installation,
  catalog: Catalog,
  layers: readonly PackedLayer[],
): Promise<Record<string, string>> {
  await using work = await workDirectory(paths, 'test');
  const lowers = layers.map(({ digest, format }) => ({ blob: catalog.blobPath(digest), format }));
  await using sandbox = await Sandbox.open(paths, work.path, lowers, false);
  const inTree = async (argv: string[]) =>
    (await sandbox.namespace.run(['env', '-C', sandbox.merged, '--', ...argv], { okCodes: [0, 1] })).stdout;
  const all = (await inTree(['find', '.'])).trim().split('\n').map((path) => [path, '-'] as const); // prettier-ignore
  const dump = await inTree(['getfattr', '-R', '-P', '-h', '-n', 'security.selinux', '.']);
  const found = dump.matchAll(/^# file: (.*)\nsecurity\.selinux="[^:"]+:[^:"]+:([^:"]+)/gm);
  const labelled = [...found].map(([, path = '', type = '']) => [path === '.' ? path : `./${path}`, type]);
  return Object.fromEntries([...all, ...labelled]) as Record<string, string>;
}

describe('labels of layers', () => {
  let trial: Trial;
  let catalog: Catalog;
  beforeAll(async () => {
    trial = await Trial.open();
    catalog = await Catalog.open(trial.installation.paths);
    await trial.write(`tree/${FILES}/file_contexts`, CONTEXTS);
    await trial.write('tree/etc/selinux/tiny/policy/policy.33', 'policy');
    await trial.write('tree/etc/selinux/config', 'SELINUX=disabled\nSELINUXTYPE=other\n');
    for (const name of ['setfiles', 'restorecon'])
      await chmod(await trial.write(`tree/usr/sbin/${name}`, SETFILES), 0o755);
  });
  afterAll(async () => await trial[Symbol.asyncDispose]());

  const SELINUX = 'selinux: {policy: tiny, mode: permissive}\n';
  async function build(name: string, text: string) {
    const { built, events } = await trial.build(await trial.recipe(name, text));
    return { config: (await catalog.resolve(built.digest)).config, events };
  }
  const labels = async (layer: PackedLayer | undefined) =>
    await labelsOf([layer].flatMap((one) => one ?? []));
  const labelsOf = async (layers: readonly PackedLayer[]) =>
    await typesOf(trial.installation, catalog, layers);

  it('each has those of the files that it changed, and the settings name the policy', async () => {
    const { config } = await build('each', `${SELINUX}steps: [{run: 'mkdir -p /srv/x; echo >/srv/x/y; rm /bin/wget'}, {run: 'true'}]\n`); // prettier-ignore
    expect(config.selinux).toEqual({ policy: 'tiny', mode: 'permissive' });
    expect(config.layers).toHaveLength(2);
    expect(await labels(config.layers[0])).toMatchObject({ '.': 'root_t', './etc/selinux/config': 'etc_t', './usr/bin': 'default_t' }); // prettier-ignore
    expect(await labels(config.layers[1])).toEqual({
      '.': 'root_t', './srv': 'srv_t', './srv/x': 'srv_t', './srv/x/y': 'srv_t',
      './usr': 'default_t', './usr/bin': 'default_t', './usr/bin/wget': '-', // it says that the file is gone
    }); // prettier-ignore
    expect(Object.values(await labelsOf(config.layers))).not.toContain('-');
  });

  it('a step that changes the policy labels what lies below anew, and only what it must', async () => {
    const local = { to: `/${FILES}/file_contexts.local`, content: `/srv/a -- ${context('new_t')}\n` };
    const { config, events } = await build('changed', `${SELINUX}steps: [{run: 'mkdir -p /srv; echo >/srv/a; echo >/srv/b'}, {files: [${JSON.stringify(local)}]}]\n`); // prettier-ignore
    expect(Object.keys(await labels(config.layers[2])).toSorted()).toEqual([
      '.', './etc', './etc/selinux', './etc/selinux/tiny', './etc/selinux/tiny/contexts', `./${FILES}`, `./${FILES}/file_contexts.local`,
      './srv', './srv/a',
    ]); // prettier-ignore
    expect(await labelsOf(config.layers)).toMatchObject({ './srv/a': 'new_t', './srv/b': 'srv_t' });
    expect(events.filter((event) => event.event === 'notice')).toEqual([]);
  });

  it('an image over one without labels, or with another mode, begins with a layer of them', async () => {
    const plain = await build('plain', 'steps: []\n');
    expect(Object.values(await labelsOf(plain.config.layers))).toContain('-');
    const over = await build('over', `from: plain\n${SELINUX}`);
    expect(over.config.layers.map((layer) => layer.title)).toEqual([expect.any(String), 'SELinux labels']);
    expect(Object.values(await labelsOf(over.config.layers))).not.toContain('-');
    expect(over.events).toContainEqual(expect.objectContaining({ event: 'notice', level: 'info' }));
    // Said by the image below, so that it need not be said again.
    const inherits = await build('inherits', "from: over\nsteps: [{run: 'echo >/etc/new'}]\n");
    expect(inherits.config.selinux).toEqual(over.config.selinux);
    expect(await labels(inherits.config.layers.at(-1))).toMatchObject({ './etc/new': 'etc_t' });
    const enforcing = await build('enforcing', 'from: over\nselinux: {policy: tiny}\n');
    expect(Object.keys(await labels(enforcing.config.layers.at(-1)))).toEqual(['.', './etc', './etc/selinux', './etc/selinux/config']); // prettier-ignore
    expect(enforcing.config.selinux?.mode).toBe('enforcing');
  });

  it('a file of a layer below gets its label under each of its names', async () => {
    await build('linked', "steps: [{run: 'mkdir /srv; echo >/srv/a; ln /srv/a /srv/b; ln /srv/a /srv/c'}]\n");
    const { config } = await build('over-linked', `from: linked\n${SELINUX}`);
    const types = await labelsOf(config.layers);
    expect(types).toMatchObject({ './srv/a': 'srv_t', './srv/b': 'srv_t', './srv/c': 'srv_t' });
  });

  it('one packed layer of all has the labels too; erofs as squashfs', async () => {
    const steps = "steps: [{run: 'mkdir -p /srv; echo >/srv/a'}]\n";
    const single = await build('single', `${SELINUX}pack: {layers: single}\n${steps}`);
    expect(await labels(single.config.layers[0])).toMatchObject({ '.': 'root_t', './srv/a': 'srv_t' });
    const erofs = await build('erofs', `${SELINUX}pack: {format: erofs}\n${steps}`);
    const all = await labelsOf(erofs.config.layers);
    expect(all).toMatchObject({ '.': 'root_t', './srv/a': 'srv_t' });
    expect(Object.values(all)).not.toContain('-');
  });

  it('the same recipe gives the same bytes', async () => {
    const recipe = `${SELINUX}steps: [{run: 'mkdir -p /srv; echo >/srv/b; ln /srv/b /srv/a'}]\n`;
    const digests = (config: ImageConfig): Digest[] => config.layers.map((layer) => layer.digest);
    const first = await build('same', recipe);
    const { built } = await trial.build(await trial.recipe('same', recipe), { noCache: true });
    expect(digests((await catalog.resolve(built.digest)).config)).toEqual(digests(first.config));
  });

  it('no policy, no tools, an unknown label: each said before the next step', async () => {
    const failure = async (name: string, text: string) =>
      await build(name, text).then(
        () => undefined,
        (error: { code: string; message: string; why: string }) => error,
      );
    const none = await failure('none', 'selinux: true\nsteps: [{users: [{name: x}]}]\n');
    expect(none).toMatchObject({ code: 'selinux/no-policy', why: expect.stringContaining('found: tiny') as string }); // prettier-ignore
    expect(await failure('late', "selinux: true\nsteps: [{run: 'true'}]\n")).toMatchObject({ code: 'selinux/no-policy' }); // prettier-ignore
    const bad = { to: `/${FILES}/file_contexts.local`, content: `/srv/a -- ${context('bad_t')}\n` };
    expect(await failure('bad', `${SELINUX}steps: [{files: [${JSON.stringify(bad)}]}]\n`)).toMatchObject({
      code: 'selinux/unknown-label',
      message: expect.stringContaining('bad_t') as string,
    });
    const regex = { to: `/${FILES}/file_contexts.local`, content: `/srv/(a ${context('srv_t')}\n` };
    expect(await failure('regex', `${SELINUX}steps: [{files: [${JSON.stringify(regex)}]}]\n`)).toMatchObject({
      code: 'selinux/bad-contexts',
    });
    const hole = { to: `/${FILES}/file_contexts`, content: `/etc(/.*)? ${context('etc_t')}\n` };
    const unlabelled = await failure('hole', `${SELINUX}steps: [{files: [${JSON.stringify(hole)}]}, {run: 'mkdir /srv; echo >/srv/no'}]\n`); // prettier-ignore
    expect(unlabelled).toMatchObject({ code: 'selinux/unlabelled', message: expect.stringContaining('/srv/no') as string }); // prettier-ignore
    expect(await failure('tools', `${SELINUX}steps: [{run: 'rm /usr/sbin/setfiles; echo "# x" >>/${FILES}/file_contexts'}]\n`)).toMatchObject({ code: 'selinux/no-tools' }); // prettier-ignore
  });
});

const CHECKS = [
  'test "$(cat /sys/fs/selinux/enforce)" = 1 && grep -q "selinux=1 security=selinux" /proc/cmdline',
  // The domains of the policy: nobody has stayed in the kernel's.
  'test "$(tr -d "\\0" </proc/1/attr/current)" = system_u:system_r:init_t:s0',
  'test "$(tr -d "\\0" </proc/$(systemctl show --property=MainPID --value ssh)/attr/current)" = system_u:system_r:sshd_t:s0',
  // Nothing is unlabelled, and nothing of the root is taken for a tmpfs.
  'test -z "$(find / -xdev \\( -context "*:unlabeled_t:*" -o -context "*:tmpfs_t:*" \\) -print -quit)"',
  // Of what the initramfs wrote, and what was made on the node; through the overlay and in erofs.
  'for pair in /=root_t /etc=etc_t /etc/hostname=net_conf_t /etc/ssh/ssh_host_ed25519_key=sshd_key_t /etc/shadow=shadow_t /usr/sbin/sshd=sshd_exec_t /srv/other=var_t;' +
    ' do stat -c %C "${pair%=*}" | grep -qx "system_u:object_r:${pair#*=}:s0" || { stat -c %C "${pair%=*}"; exit 1; }; done',
  // What is copied up keeps its label; what is new gets one.
  'chmod 600 /usr/sbin/useradd && stat -c %C /usr/sbin/useradd | grep -x system_u:object_r:useradd_exec_t:s0 && echo >/srv/new && stat -c %C /srv/new | grep -x system_u:object_r:var_t:s0',
  'systemctl is-active slipway-relabel.service && test -z "$(systemctl --failed --plain --no-legend)"',
];

test(
  'a node enforces the policy that its image was labelled for',
  async () => {
    const image = await cachedImage('test/recipes/selinux.yml');
    await using copy = await privateCopy(image);
    const tested = await imageTest(copy.installation, image.ref, {
      serverCommand: [process.execPath, join(CHECKOUT, 'src/cli/start.js')],
      sink: () => {},
      memory: '1G',
      checks: CHECKS,
    });
    expect(tested.reason).toBeUndefined();
    expect(tested.result).toBe('pass');
  },
  20 * MINUTES,
);

test(
  'an RPM image gets its policy by itself, and is labelled for it',
  async () => {
    const distribution = await rpmDistribution();
    const directory = await mkdtemp(join(tmpdir(), 'slipway-selinux-'));
    try {
      const file = join(directory, 'slt9-selinux.yml');
      const recipe = {
        name: 'slt9-selinux',
        source: { type: 'core' },
        steps: [{ run: 'mkdir -p /var/www/html; echo >/var/www/html/index.html' }],
        more: { selinux: true },
      };
      await writeFile(file, rpmRecipe(distribution, distribution.release9, recipe));
      const built = await cachedImage(file);
      const installation = loadInstallation(built.root);
      const catalog = await Catalog.open(installation.paths);
      const { config } = await catalog.resolve(built.ref);
      expect(config.selinux).toEqual({ policy: 'targeted', mode: 'enforcing' });
      const names = config.packages.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['selinux-policy-targeted', 'policycoreutils']));
      const types = await typesOf(installation, catalog, config.layers);
      expect(Object.values(types)).not.toContain('-');
      expect(types).toMatchObject({
        '.': 'root_t',
        './etc/shadow': 'shadow_t',
        './usr/lib/systemd/systemd': 'init_exec_t',
        './usr/sbin/sshd': 'sshd_exec_t',
        './var/www/html/index.html': 'httpd_sys_content_t',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  },
  20 * MINUTES,
);
