/** Builds on a tiny tree with the real sandbox, overlays and mksquashfs. */
import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { collectLayers } from '../src/build/gc.ts';
import { Sandbox } from '../src/system/sandbox.ts';
import { workDirectory } from '../src/system/workdir.ts';
import { Trial, traces } from './support/tiny.ts';

const run = promisify(execFile);
let trial: Trial;
beforeAll(async () => {
  trial = await Trial.open();
});
afterAll(async () => {
  await trial[Symbol.asyncDispose]();
});

/** The merged tree of an image, mounted as a node does it: every packed layer by itself, under one overlay. */
async function mounted<T>(ref: string, look: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const { paths } = trial.installation;
  const catalog = await Catalog.open(paths);
  const { config } = await catalog.resolve(ref);
  await using work = await workDirectory(paths, 'look');
  const lowers = config.layers.map((l) => ({ blob: catalog.blobPath(l.digest), format: l.format }));
  await using sandbox = await Sandbox.open(paths, work.path, lowers, false);
  return await look(sandbox);
}

describe('a build', () => {
  it('makes a generation once, and finds it again', async () => {
    const file = await trial.recipe(
      'again',
      'steps:\n  - run: echo 1 > /a\n  - files: [{to: /b, content: two}]\n',
    );
    const first = await trial.build(file);
    expect(first.built).toMatchObject({ event: 'built', image: 'again', generation: 1, cached: false });
    const second = await trial.build(file);
    expect(second.built).toMatchObject({ generation: 1, cached: true, digest: first.built.digest });
  });

  it('gives the same digest without the cache', async () => {
    const file = await trial.recipe(
      'same',
      'steps:\n  - run: mkdir /x; for i in 3 1 2; do echo $i > /x/$i; done; ln /x/1 /x/4\n',
    );
    const first = await trial.build(file);
    const second = await trial.build(file, { noCache: true });
    expect(second.built).toMatchObject({ digest: first.built.digest, generation: 1, cached: false });
  });

  it('makes only what a change touches, and says why', async () => {
    const recipe = (b: string) =>
      `steps:\n  - run: echo a > /a\n  - files: [{to: /b, content: ${b}}]\n  - run: echo c > /c\n`;
    await trial.build(await trial.recipe('change', recipe('one')));
    const { built, events } = await trial.build(await trial.recipe('change', recipe('two')), {
      explain: true,
    });
    expect(built).toMatchObject({ generation: 2, cached: false });
    const ends = events.flatMap((e) =>
      e.event === 'task-finished' && e.detail ? [`${e.result}: ${e.detail}`] : [],
    );
    expect(ends).toEqual([
      'cached: hit: nothing that it sees has changed',
      'cached: hit: nothing that it sees has changed',
      'done: miss: changed: /b',
      'done: miss: changed: the layer below',
    ]);
  });

  it('keeps deletions, replaced directories and types over layers', async () => {
    const file = await trial.recipe(
      'whiteouts',
      `steps:
  - run: mkdir /d /e; echo a > /d/a; echo b > /d/b; echo x > /e/x; echo f > /f; ln -s /nowhere /l
  - run: rm -r /d; mkdir /d; echo c > /d/c; rm /e/x /l; rm /f; mkdir /f; echo l > /l
`,
    );
    await trial.build(file);
    await mounted('whiteouts', async (sandbox) => {
      const list = await run('find', ['d', 'e', 'f', 'l', '-printf', '%p %y\n'], { cwd: sandbox.root });
      expect(list.stdout.trim().split('\n').toSorted()).toEqual(['d d', 'd/c f', 'e d', 'f d', 'l f']);
      expect(await readFile(join(sandbox.root, 'l'), 'utf8')).toBe('l\n');
    });
  });

  for (const format of ['squashfs', 'erofs'])
    it(`keeps xattrs, capabilities, ACLs, hard links, holes and devices in ${format}`, async () => {
      const tree = join(trial.directory, `special-${format}`);
      await run('cp', ['-a', join(trial.directory, 'tree'), tree]);
      await writeFile(join(tree, 'file'), 'x');
      await run('ln', [join(tree, 'file'), join(tree, 'hard')]);
      await run('setfattr', ['-n', 'user.colour', '-v', 'blue', join(tree, 'file')]);
      await run('setcap', ['cap_net_raw+ep', join(tree, 'usr/bin/busybox')]);
      await run('setfacl', ['-m', 'u:1234:r', join(tree, 'etc/passwd')]);
      await run('truncate', ['-s', '64M', join(tree, 'sparse')]);
      await run('mknod', [join(tree, 'null'), 'c', '1', '3']);
      await run('mkfifo', [join(tree, 'pipe')]);
      await run('chown', ['12:34', join(tree, 'file')]);
      await run('chmod', ['6711', join(tree, 'hard')]);
      await trial.build(
        await trial.recipe(
          `special-${format}`,
          `source: {directory: {path: special-${format}}}\npack: {format: ${format}}\nsteps:\n  - run: echo upper > /upper\n`,
        ),
      );
      await mounted(`special-${format}`, async ({ root }) => {
        const stat = async (name: string) =>
          (await run('stat', ['-c', '%F %a %u:%g %h %s %t,%T', join(root, name)])).stdout.trim();
        expect(await stat('file')).toBe('regular file 6711 12:34 2 1 0,0');
        expect(await stat('null')).toMatch(/^character special file 644 0:0 1 0 1,3$/);
        expect(await stat('pipe')).toMatch(/^fifo /);
        expect(await stat('sparse')).toMatch(/ 67108864 /);
        expect(
          (await run('getfattr', ['-n', 'user.colour', '--only-values', join(root, 'file')])).stdout,
        ).toBe('blue');
        expect((await run('getcap', [join(root, 'usr/bin/busybox')])).stdout).toContain('cap_net_raw=ep');
        expect((await run('getfacl', ['-cn', join(root, 'etc/passwd')])).stdout).toContain('user:1234:r--');
      });
      const { config } = await (await Catalog.open(trial.installation.paths)).resolve(`special-${format}`);
      expect(config.layers.reduce((sum, l) => sum + l.size, 0)).toBeLessThan(4 << 20);
    });

  it('packs all in one layer on request', async () => {
    await trial.build(
      await trial.recipe(
        'one',
        'pack: {layers: single}\nsteps:\n  - run: echo a > /a\n  - run: rm /a; echo b > /b\n',
      ),
    );
    const { config } = await (await Catalog.open(trial.installation.paths)).resolve('one');
    expect(config.layers).toHaveLength(1);
    await mounted('one', async ({ root }) => {
      expect(await lstat(join(root, 'b'))).toBeTruthy();
      await expect(lstat(join(root, 'a'))).rejects.toThrow('ENOENT');
    });
  });

  it('stands on another image, with and without its build layers', async () => {
    await trial.build(await trial.recipe('base', 'steps:\n  - run: echo base > /base; echo old > /both\n'));
    const child = await trial.recipe(
      'child',
      'from: base\nsteps:\n  - run: cat /base > /copy; echo new > /both\n',
    );
    const first = await trial.build(child);
    await collectLayers(trial.installation.paths, { limit: 0 });
    const second = await trial.build(child);
    expect(second.built.digest).toBe(first.built.digest);
    await mounted('child', async ({ root }) => {
      expect(await readFile(join(root, 'copy'), 'utf8')).toBe('base\n');
      expect(await readFile(join(root, 'both'), 'utf8')).toBe('new\n');
    });
  });

  it('takes a tar archive, and refuses one with another digest', async () => {
    await run('tar', ['-C', trial.directory, '--zstd', '-cf', join(trial.directory, 'tree.tar.zst'), 'tree']);
    const good = await trial.recipe('tarred', 'source: {archive: {path: tree.tar.zst, strip: 1}}\n');
    expect((await trial.build(good)).built.generation).toBe(1);
    const bad = await trial.recipe(
      'tarred',
      `source: {archive: {path: tree.tar.zst, strip: 1, sha256: "${'0'.repeat(64)}"}}\n`,
    );
    await expect(trial.build(bad)).rejects.toMatchObject({ code: 'build/archive-digest' });
    const flat = await trial.recipe('flat', 'source: {archive: {path: tree.tar.zst}}\n');
    await expect(trial.build(flat)).rejects.toMatchObject({ code: 'build/empty-tree' });
  });

  it('cleans what must not be in an image', async () => {
    await trial.build(
      await trial.recipe(
        'clean',
        'steps:\n  - run: mkdir -p /etc/ssh /var/log/x /var/cache/apt/archives; echo k > /etc/ssh/ssh_host_rsa_key; echo id > /etc/machine-id; echo l > /var/log/x/l; echo p > /var/cache/apt/archives/p; echo t > /tmp/t\n',
      ),
    );
    await mounted('clean', async ({ root }) => {
      const left = (
        await run('find', [root, '-newer', join(root, 'etc/group'), '-type', 'f', '-printf', '%P\n'])
      ).stdout;
      expect(left).not.toMatch(/ssh_host|var\/log|archives|tmp/);
      expect(await readFile(join(root, 'etc/machine-id'), 'utf8')).toBe('');
    });
  });
});

describe('the sandbox', () => {
  it('shows a script neither the host nor the network, and lets it make no device and no mount', async () => {
    const secret = await trial.write('secret', 'of the host');
    const { events } = await trial.build(
      await trial.recipe(
        'walls',
        `steps:
  - run: |
      test ! -e ${secret} && echo no-host
      mknod /sda b 8 0 2>/dev/null || echo no-device
      mount -t tmpfs x /mnt 2>/dev/null || mount -t tmpfs x /tmp 2>/dev/null || echo no-mount
      test ! -e /sys/class/net && echo no-sys
      ls -1 /proc/sys/net/ipv4/conf
      test -z "\${SSH_AUTH_SOCK:-}\${SUDO_USER:-}" && echo clean-environment
      hostname
`,
      ),
    );
    const lines = events.flatMap((e) => (e.event === 'output' ? [e.line] : []));
    expect(lines.filter((l) => /^(all|default|lo|eth.*|ens.*|enp.*)$/.test(l))).toEqual([
      'all',
      'default',
      'lo',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining(['no-host', 'no-device', 'no-mount', 'no-sys', 'clean-environment', 'image']),
    );
  });

  it('never writes through a link of the image', async () => {
    const outside = join(trial.directory, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'shadow'), 'host');
    const tree = join(trial.directory, 'hostile');
    await run('cp', ['-a', join(trial.directory, 'tree'), tree]);
    await symlink(outside, join(tree, 'out'));
    await symlink(join(outside, 'shadow'), join(tree, 'etc/shadow'));
    await symlink(join(outside, 'resolv'), join(tree, 'etc/resolv.conf'));
    await symlink(outside, join(tree, 'etc/ssh'));
    await writeFile(join(outside, 'ssh_host_rsa_key'), 'host');
    await trial.build(
      await trial.recipe(
        'hostile',
        'source: {directory: {path: hostile}}\nsteps:\n  - files: [{to: /out/file, content: x}, {to: /etc/shadow, content: y}]\n  - run: {script: "true", network: true}\n',
      ),
    );
    expect(await readFile(join(outside, 'shadow'), 'utf8')).toBe('host');
    expect(await readFile(join(outside, 'ssh_host_rsa_key'), 'utf8')).toBe('host');
    await expect(lstat(join(outside, 'file'))).rejects.toThrow('ENOENT');
    await expect(lstat(join(outside, 'resolv'))).rejects.toThrow('ENOENT');
  });

  it('names the step that fails, with its last output, and leaves nothing', async () => {
    const file = await trial.recipe(
      'fails',
      'steps:\n  - run: echo fine > /fine\n  - run: echo broken >&2; exit 3\n',
    );
    await expect(trial.build(file)).rejects.toMatchObject({
      code: 'process/failed',
      output: expect.stringContaining('broken') as string,
    });
    expect(
      (await (await Catalog.open(trial.installation.paths)).list()).filter((g) => g.name === 'fails'),
    ).toEqual([]);
    expect(traces(trial.directory)).toEqual([]);
  });
});
