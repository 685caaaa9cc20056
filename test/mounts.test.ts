/** Images that are mounted, changed and unmounted, through the command line, on a host of their own. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Unmounted } from '../src/mounts/umount.ts';
import { eachOnAStage } from './support/each-stage.ts';
import type { Stage } from './support/stage.ts';
import type { Trial } from './support/tiny.ts';

let trial: Trial;
let stage: Stage;
eachOnAStage((...both) => ([trial, stage] = both));

const STEPS = `steps:
  - run: "echo old > /etc/motd; mkdir /opaque; echo 1 > /opaque/a; echo 2 > /opaque/b; echo one > /one; ln /one /two"
`;

async function tiny(name = 'tiny', text = STEPS): Promise<void> {
  await trial.build(await trial.recipe(name, text));
}

const umount = async (...words: string[]) => await stage.ok<Unmounted>('image', 'umount', 'tiny', ...words);
const paths = () => trial.installation.paths;
const numbers = async () =>
  (await (await Catalog.open(paths())).generations('tiny')).map((g) => g.generation);

/** Paths that differ, with what happened to them. */
async function differences(before: string, after: string): Promise<string[]> {
  const { files } = await stage.ok<{ files: { path: string; change: string; aspects?: string[] }[] }>(
    'image', 'diff', before, after,
  ); // prettier-ignore
  return files.map(({ path, change, aspects }) => [change, path, ...(aspects ?? [])].join(' '));
}

describe('mounting', () => {
  test('outlives the command, has what a chroot needs, and says so', async () => {
    await tiny();
    const mounted = await stage.mount('tiny');
    const tree = stage.tree('tiny');
    expect(mounted).toMatchObject({ image: 'tiny', generation: 1, path: tree, active: true, already: false });
    expect(readFileSync(join(mounted.inventory, 'host'), 'utf8')).toBe(`${tree} ansible_connection=chroot\n`);
    expect(await stage.inside('tiny', 'cat /etc/motd; echo x >/dev/null; cat /proc/self/comm; ls /sys | wc -l; ls -A /run /tmp | wc -l')).toMatch(/^old\ncat\n[1-9]\d*\n/); // prettier-ignore
    // The host cannot be changed from there by mistake.
    await expect(stage.inside('tiny', 'echo x >/proc/sys/kernel/domainname')).rejects.toThrow('failed');
    await expect(stage.inside('tiny', 'mkdir /sys/x')).rejects.toThrow('failed');
    expect(await stage.inside('tiny', 'ls /dev | sort | xargs')).toBe(
      'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero\n',
    );
    // Nobody but root gets at what is in it.
    expect(await stage.sh(`stat -c %a:%u ${join(tree, '..')}`)).toBe('700:0\n');
    const before = await stage.mounts();
    expect(await stage.mount('tiny')).toMatchObject({ already: true, path: tree });
    expect(await stage.mounts()).toEqual(before);
    expect(await stage.list()).toMatchObject([{ state: 'ready', mounted: { path: tree, active: true } }]);
    expect(await stage.ok('image', 'show', 'tiny')).toMatchObject({ mounted: { path: tree } });
    expect(await umount()).toMatchObject({ changed: false, changes: 0, from: 1 });
    expect(await stage.mounts()).toEqual([]);
    expect(await stage.sh(`ls -A ${paths().mounts}`)).toBe('');
    expect((await stage.list())[0]).not.toHaveProperty('mounted');
    expect(await numbers()).toEqual([1]);
  });

  test('device nodes of an image are dead, its setuid programs out of reach', async () => {
    await tiny('tiny', `${STEPS}  - run: "cp /bin/busybox /su; chmod 4755 /su"\n`);
    await stage.mount('tiny');
    await stage.sh(`mknod ${stage.tree('tiny')}/zero c 1 5`);
    await expect(stage.inside('tiny', 'head -c1 /zero || cat /zero')).rejects.toThrow('failed');
    const { code } = await stage.run([
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      `${stage.tree('tiny')}/su`,
    ]);
    expect(code).not.toBe(0);
  });

  test('packed layers are mounted where the build layers are gone; gc keeps what is used', async () => {
    await tiny();
    await stage.sh(`rm -rf ${paths().layers}`);
    await stage.mount('tiny');
    expect(await stage.mounts()).toContain('/var/lib/slipway/mounts/tiny/blobs/0');
    await stage.inside('tiny', 'echo new >/etc/motd');
    expect(await umount()).toMatchObject({ changed: true, changes: 1, generation: { generation: 2 } });
    await tiny(); // Makes the build layers again.
    await stage.mount('tiny:1');
    const { cache } = await stage.ok<{ cache: { removed: unknown[] } }>(
      'image',
      'gc',
      '--cache',
      '0',
      '--grace',
      '0',
    );
    expect(cache.removed).toEqual([]);
    expect(await stage.inside('tiny', 'cat /etc/motd')).toBe('old\n');
    expect(await stage.fails('image', 'rm', 'tiny:1')).toBe('1 mount/mounted');
    await stage.sh(`mv ${paths().catalog}/index.json ${paths().catalog}/index.aside; cp ${paths().catalog}/index.aside ${paths().catalog}/index.json`); // prettier-ignore
    await umount('--discard');
    expect((await stage.ok<{ cache: { removed: unknown[] } }>('image', 'gc', '--cache', '0')).cache.removed).not.toEqual([]); // prettier-ignore
  });

  test('what is not there cannot be mounted; what is not mounted cannot be unmounted', async () => {
    await tiny();
    for (const name of ['none', 'tiny:9'])
      expect(await stage.fails('image', 'mount', name)).toBe('2 image/unknown');
    for (const name of ['', '../tiny', 'a b', 'tiny\n', 'Tiny'])
      expect(await stage.fails('image', 'mount', name), name).toMatch(
        /^2 (name\/invalid|image\/bad-reference)$/,
      );
    for (const name of ['', '../tiny', 'a b', 'tiny\n'])
      expect(await stage.fails('image', 'umount', name), name).toBe('2 name/invalid');
    expect(await stage.fails('image', 'umount', 'tiny')).toBe('1 mount/not-mounted');
    expect(existsSync(paths().mounts) ? await stage.sh(`ls -A ${paths().mounts}`) : '').toBe('');
  });

  test('a broken image cannot be mounted', async () => {
    await tiny();
    const catalog = await Catalog.open(paths());
    const { layers } = await catalog.resolve('tiny');
    await stage.sh(`truncate -s 5 ${catalog.blobPath(layers[0]?.digest ?? '')}`);
    expect(await stage.fails('image', 'mount', 'tiny')).toBe('1 mount/broken');
    expect(await stage.mounts()).toEqual([]);
  });

  test('one generation at a time; a newer one than is mounted is told of, and lost to nobody', async () => {
    await tiny();
    await stage.mount('tiny');
    await tiny('tiny', `${STEPS}  - run: "echo built > /built"\n`);
    expect(await stage.fails('image', 'mount', 'tiny:2')).toBe('1 mount/other-generation');
    const { lines, last } = await stage.slipway('image', 'mount', 'tiny');
    expect(last).toMatchObject({ generation: 1, already: true });
    expect(lines).toContainEqual(expect.objectContaining({ event: 'notice', message: 'tiny:1 is mounted; tiny:2 is newer' })); // prettier-ignore
    await stage.inside('tiny', 'echo changed >/etc/motd');
    expect(await stage.fails('image', 'umount', 'tiny:2')).toBe('1 mount/other-generation');
    const done = await stage.slipway('image', 'umount', 'tiny:1');
    expect(done.last).toMatchObject({ changed: true, generation: { generation: 3, tags: ['latest'] } });
    expect(JSON.stringify(done.lines)).toContain('what came with tiny:2 is not in it');
    expect(await differences('tiny:1', 'tiny:3')).toEqual(['changed /etc/motd size']);
  });

  test('defect 12: a left-over work directory never makes it fail, and is never deleted by it', async () => {
    await tiny();
    const directory = join(paths().mounts, 'tiny');
    mkdirSync(join(directory, 'mnt/precious'), { recursive: true });
    writeFileSync(join(directory, 'mount.json'), '{"image":');
    await stage.mount('tiny');
    expect(await stage.inside('tiny', 'cat /etc/motd')).toBe('old\n');
    expect(await stage.sh(`cd ${paths().mounts}; ls -d .left-tiny-*/mnt/precious`)).toMatch(/^\.left-tiny-[0-9a-f]{8}\/mnt\/precious\n$/); // prettier-ignore
    await umount('--discard');
    // Nothing is touched where something foreign is mounted.
    mkdirSync(join(directory, 'mnt'), { recursive: true });
    await stage.sh(`mount --bind /etc ${directory}/mnt`);
    expect(await stage.fails('image', 'mount', 'tiny')).toBe('1 mount/foreign');
    expect(existsSync('/etc/passwd')).toBe(true);
  });

  test('defect 11: of several at once one mounts and the others say so; the same when unmounting', async () => {
    await tiny();
    const mounts = await Promise.all([1, 2, 3].map(() => stage.slipway('image', 'mount', 'tiny')));
    for (const { code, last } of mounts)
      expect([code === 0 ? 'mounted' : last.code]).toEqual([expect.stringMatching(/^(mounted|lock\/held)$/)]);
    expect(mounts.filter(({ code, last }) => code === 0 && !last['already'])).toHaveLength(1);
    await stage.inside('tiny', 'echo x >/x');
    const umounts = await Promise.all([1, 2, 3].map(() => stage.slipway('image', 'umount', 'tiny')));
    expect(umounts.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const { code, last } of umounts)
      if (code !== 0) expect(last.code).toMatch(/^(lock\/held|mount\/not-mounted)$/);
    expect(await numbers()).toEqual([1, 2]);
    expect(await stage.mounts()).toEqual([]);
  });

  test('the directory is configured; one that others can change is refused', async () => {
    await tiny();
    const elsewhere = join(trial.directory, 'diskless/workdir');
    await trial.write('root/etc/slipway/config.yml', `mounts: ${elsewhere}\n`);
    mkdirSync(elsewhere, { recursive: true });
    await stage.sh(`chmod 777 ${elsewhere}`);
    expect(await stage.fails('image', 'mount', 'tiny')).toBe('1 mount/unsafe-directory');
    await stage.sh(`chmod 755 ${elsewhere}; chown 1234 ${trial.directory}/diskless`);
    expect(await stage.fails('image', 'mount', 'tiny')).toBe('1 mount/unsafe-directory');
    await stage.sh(`chown 0 ${trial.directory}/diskless`);
    expect(await stage.mount('tiny')).toMatchObject({ path: join(elsewhere, 'tiny/mnt') });
    await stage.sh(`chroot ${elsewhere}/tiny/mnt /bin/sh -c 'echo new >/etc/motd'`);
    expect(await umount()).toMatchObject({ changed: true });
  });

  test('after a restart of the host the changes are there, and it is mounted again', async () => {
    await tiny();
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo new >/etc/motd; rm /one; echo gone >/tmp/x');
    await stage.restart();
    expect(await stage.list()).toMatchObject([{ state: 'ready', mounted: { active: false } }]);
    expect(await stage.fails('image', 'rm', 'tiny')).toBe('1 mount/mounted');
    expect(await stage.mount('tiny')).toMatchObject({ resumed: true, already: false, active: true });
    expect(await stage.inside('tiny', 'cat /etc/motd /two; ls /tmp')).toBe('new\none\n');
    await stage.restart();
    // It can be unmounted without being mounted before.
    expect(await umount()).toMatchObject({ changed: true, changes: 2 });
    expect(await differences('tiny:1', 'tiny:2')).toEqual(['removed /one', 'changed /etc/motd content']);
  });
});

describe('unmounting', () => {
  test('a change is one layer on top; what nodes boot from is not touched', async () => {
    await tiny();
    const before = await (await Catalog.open(paths())).resolve('tiny:1');
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo new >/etc/motd; touch /one; echo l >/var/log/x; mkdir -p /var/cache/man; echo c >/var/cache/man/x; echo id >/etc/machine-id; mkdir /etc/ssh; echo k >/etc/ssh/ssh_host_rsa_key'); // prettier-ignore
    const done = await umount();
    expect(done).toMatchObject({ changed: true, from: 1, generation: { generation: 2, tags: ['latest'] } });
    const catalog = await Catalog.open(paths());
    expect((await catalog.resolve('tiny:1')).manifest).toEqual(before.manifest);
    const after = await catalog.resolve('tiny');
    expect(after.config.layers.slice(0, -1)).toEqual(before.config.layers);
    expect(after.config).toMatchObject({ parent: before.generation.digest });
    // Caches, logs, keys and what was only touched are not in it.
    expect(await differences('tiny:1', 'tiny:2')).toEqual([
      'changed /etc/motd content',
      'added /etc/ssh',
      'added /var/cache/man',
    ]);
    expect((await stage.ok<{ state: string }>('image', 'show', 'tiny:1')).state).toBe('ready');
  });

  test('--no-clean takes all along, --discard nothing', async () => {
    await tiny();
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo l >/var/log/x');
    expect(await umount('--no-clean')).toMatchObject({ changed: true, changes: 1 });
    expect(await differences('tiny:1', 'tiny:2')).toEqual(['added /var/log/x']);
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo l >/etc/motd');
    expect(await umount('--discard')).toMatchObject({ changed: false });
    expect(await numbers()).toEqual([1, 2]);
    // The log that the image has now stays as it is when another comes.
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo more >>/var/log/x; rm /etc/motd');
    expect(await umount()).toMatchObject({ changed: true, changes: 1 });
    expect(await differences('tiny:2', 'tiny:3')).toEqual(['removed /etc/motd']);
  });

  test('the root directory keeps its owner, mode and attributes', async () => {
    await tiny('tiny', `${STEPS}  - run: "chown 3:4 /; chmod 1555 /; touch /made"\n`);
    await stage.sh(`rm -rf ${paths().layers}`);
    await stage.mount('tiny');
    expect(await stage.sh(`stat -c '%a %u:%g' ${stage.tree('tiny')}`)).toBe('1555 3:4\n');
    await stage.sh(`setfattr -n user.x -v y ${stage.tree('tiny')}; touch ${stage.tree('tiny')}/etc/motd`);
    expect(await umount()).toMatchObject({ changed: true, changes: 1 });
    expect(await differences('tiny:1', 'tiny:2')).toEqual(['changed / xattrs']);
    await stage.mount('tiny');
    expect(await stage.sh(`getfattr --only-values -n user.x ${stage.tree('tiny')}`)).toBe('y');
    expect(await umount()).toMatchObject({ changed: false });
  });

  test('what was changed and changed back is no change', async () => {
    await tiny();
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo new >/etc/motd; echo old >/etc/motd; chmod 700 /opaque; chmod 755 /opaque; rm /one; ln /two /one; echo x >/x; rm /x; touch /etc/passwd'); // prettier-ignore
    await stage.inside('tiny', 'cp -a /opaque /o2; rm -r /opaque; mv /o2 /opaque');
    expect(await umount()).toMatchObject({ changed: false, changes: 0 });
    expect(await numbers()).toEqual([1]);
  });

  test('owners, hard links, attributes, capabilities, ACLs, whiteouts and opaque directories get to a clone (defect 4)', async () => {
    await tiny();
    await stage.mount('tiny');
    const tree = stage.tree('tiny');
    await stage.sh(`cd ${tree}
      chown 12:34 etc/motd; chmod 6711 etc/motd
      echo hard >h1; ln h1 h2; ln etc/passwd etc/passwd.link
      cp /bin/true cap; setcap cap_net_raw+ep cap; setfattr -n user.colour -v blue h1
      rm -r opaque; mkdir opaque; echo 3 >opaque/c; rm one; mkfifo pipe; ln -s /etc/shadow link
      echo blank >'a b'; printf x >"$(printf 'new\\nline')"; printf y >"$(printf '\\377')"
      mkdir -m 1777 sticky; truncate -s 10M sparse`);
    await umount();
    await stage.ok('image', 'clone', 'tiny', 'copy');
    const { path } = await stage.mount('copy');
    const seen = await stage.sh(`cd ${path}
      stat -c '%n %u:%g %a %h' etc/motd h1 h2 etc/passwd etc/passwd.link two sticky; [ h1 -ef h2 ]; [ etc/passwd -ef etc/passwd.link ]
      getcap cap; getfattr --only-values -n user.colour h1; echo; ls opaque; [ ! -e one ]; [ -p pipe ]; readlink link
      cat 'a b' "$(printf 'new\\nline')" "$(printf '\\377')"; echo; stat -c '%s %b' sparse`);
    expect(seen.split('\n')).toEqual([
      'etc/motd 12:34 6711 1', 'h1 0:0 644 2', 'h2 0:0 644 2', 'etc/passwd 0:0 644 2', 'etc/passwd.link 0:0 644 2',
      expect.stringMatching(/^two 0:0 644 [12]$/), 'sticky 0:0 1777 2', 'cap cap_net_raw=ep', 'blue', 'c', '/etc/shadow', 'blank', 'xy',
      expect.stringMatching(/^10485760 [01]$/), '',
    ]); // prettier-ignore
    await stage.sh(`touch ${path}/h1; setfacl -m u:1234:r ${path}/h1`);
    await stage.ok('image', 'umount', 'copy');
    const { stack } = await stage.ok<{ stack: { format: string }[] }>('image', 'show', 'copy');
    expect(stack.map(({ format }) => format)).toEqual(['squashfs', 'squashfs', 'squashfs', 'erofs']);
    await stage.mount('copy');
    expect(await stage.sh(`cd ${path}; getfacl -n h1 | grep 1234`)).toBe('user:1234:r--\n');
  });

  test('the host’s resolv.conf is lent, and part of the image only when somebody makes it so', async () => {
    await tiny();
    await stage.mount('tiny');
    expect(await stage.inside('tiny', 'head -n 1 /etc/resolv.conf')).toContain('Lent by slipway');
    expect(await umount()).toMatchObject({ changed: false });
    await stage.mount('tiny');
    await stage.inside('tiny', 'echo nameserver 192.0.2.1 >/etc/resolv.conf.new; mv /etc/resolv.conf.new /etc/resolv.conf'); // prettier-ignore
    await stage.restart();
    await stage.mount('tiny');
    expect(await stage.inside('tiny', 'cat /etc/resolv.conf')).toBe('nameserver 192.0.2.1\n');
    expect(await umount()).toMatchObject({ changed: true, changes: 1 });
    // Now the image has one: it is hidden while it is mounted, and comes back.
    await stage.mount('tiny');
    expect(await stage.inside('tiny', 'head -n 1 /etc/resolv.conf')).toContain('Lent by slipway');
    expect(await umount()).toMatchObject({ changed: false });
    // Links into /run are served there.
    await tiny('tiny', `${STEPS}  - run: "ln -s ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"\n`);
    await stage.mount('tiny');
    expect(await stage.inside('tiny', 'cat /etc/resolv.conf; [ -h /etc/resolv.conf ]')).toContain(
      'Lent by slipway',
    );
    expect(await umount()).toMatchObject({ changed: false });
  });

  test('processes inside are named; --force ends them, but never the own shell', async () => {
    await tiny();
    await stage.mount('tiny');
    const tree = stage.tree('tiny');
    const holder = stage.start(['env', '-C', `${tree}/etc`, 'sleep', '1000']);
    const open = stage.start(['sh', '-c', `exec 5>${tree}/open; exec sleep 1001`]);
    const rooted = stage.start(['chroot', tree, '/bin/sh', '-c', 'while :; do sleep 0.1; done']);
    await stage.sh(`until [ -e ${tree}/open ]; do sleep 0.1; done`);
    const refused = await stage.slipway('image', 'umount', 'tiny');
    expect([refused.code, refused.last.code]).toEqual([1, 'mount/busy']);
    for (const words of ['(sleep 1000)', '(sleep 1001)', '(/bin/sh -c while'])
      expect(refused.last.why).toContain(words);
    expect(await stage.inside('tiny', 'cat /etc/motd; ls /proc/self/comm')).toContain('old'); // As it was.
    const own = await stage.run(['sh', '-c', `cd ${tree}; ${join(import.meta.dirname, '../bin/slipway')} image umount tiny --force --json; true`]); // prettier-ignore
    expect(own.stdout).toContain('mount/own-shell');
    expect(await umount('--force')).toMatchObject({ changed: true, changes: 1 });
    await Promise.all([holder.done, open.done, rooted.done].map((one) => one.catch(() => undefined)));
    expect(await stage.mounts()).toEqual([]);
  }, 60_000);

  test('what the kernel holds is told, and all is put back', async () => {
    await tiny();
    await stage.mount('tiny');
    const tree = stage.tree('tiny');
    const before = await stage.mounts();
    await stage.sh(`mkdir ${tree}/bound; mount --bind /etc ${tree}/bound; truncate -s 1M ${tree}/disk; mkfs.erofs --quiet ${tree}/disk /bin/true 2>/dev/null || :`); // prettier-ignore
    const device = (await stage.sh(`losetup --find --show ${tree}/disk`)).trim();
    try {
      expect(await stage.fails('image', 'umount', 'tiny')).toBe('1 mount/held');
      expect((await stage.mounts()).toSorted()).toEqual(before.toSorted());
      expect(await stage.inside('tiny', 'echo works >/dev/null; cat /proc/self/comm')).toBe('cat\n');
    } finally {
      await stage.sh(`losetup --detach ${device}`);
    }
    expect(await umount()).toMatchObject({ changed: true, changes: 2 });
    expect(existsSync('/etc/passwd')).toBe(true); // What was bound there is not touched.
  });
});

describe('hostile images', () => {
  test('links that lead to the host are never followed', async () => {
    mkdirSync(join(trial.directory, 'tree/usr/lib'), { recursive: true });
    const victim = await trial.write('victim/shadow', 'root:secret:20000:\n');
    const tree = join(trial.directory, 'tree');
    symlinkSync(victim, join(tree, 'etc/shadow'));
    symlinkSync(victim, join(tree, 'etc/resolv.conf'));
    symlinkSync(join(trial.directory, 'victim'), join(tree, 'boot'));
    symlinkSync(victim, join(tree, 'etc/machine-id'));
    await tiny('tiny', '');
    await stage.mount('tiny');
    await stage.inside('tiny', 'rm -r /var/log; echo changed >/etc/motd');
    await stage.sh(`ln -s ${trial.directory}/victim ${stage.tree('tiny')}/var/log; ln -s ../../../../../../../../../../${trial.directory}/victim ${stage.tree('tiny')}/root/.cache`); // prettier-ignore
    expect(await umount()).toMatchObject({ changed: true });
    expect(readFileSync(victim, 'utf8')).toBe('root:secret:20000:\n');
    expect(await differences('tiny:1', 'tiny:2')).toEqual(['added /etc/motd', 'added /root/.cache', 'changed /var/log type']); // prettier-ignore
  });

  test.each([
    ['proc is a link to a directory of the host', (tree: string) => `rm -r ${tree}/proc; ln -s ${'../'.repeat(12)}etc ${tree}/proc`, 'mounts below /etc of the image'],
    ['tmp is a file', (tree: string) => `rm -r ${tree}/tmp; touch ${tree}/tmp`, '1 mount/no-mount-point'],
    ['run leads into proc', (tree: string) => `rm -r ${tree}/run; ln -s /proc/1/root ${tree}/run`, '1 mount/no-mount-point'],
    ['sys is gone', (tree: string) => `rm -r ${tree}/sys`, 'made'],
  ])('%s', async (_, damage, outcome) => {
    await stage.sh(damage(join(trial.directory, 'tree')));
    await tiny('tiny', '');
    const host = await stage.sh('cat /proc/self/mountinfo');
    const { code, last } = await stage.slipway('image', 'mount', 'tiny');
    if (outcome.startsWith('1')) {
      expect(`${code} ${String(last.code)}`).toBe(outcome);
      expect(await stage.sh('cat /proc/self/mountinfo')).toBe(host);
      expect(await stage.sh(`ls -A ${paths().mounts}`)).toBe('');
      return;
    }
    expect(code).toBe(0);
    const points = (await stage.mounts()).map((path) => path.replace('/var/lib/slipway/mounts/tiny', ''));
    for (const path of points) expect(path).toMatch(/^\/mnt(\/|$)/);
    expect(await umount()).toMatchObject({ changed: false });
    expect(await stage.sh('cat /proc/self/mountinfo')).toBe(host);
  }); // prettier-ignore
});
