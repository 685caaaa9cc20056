/** Sizes, and mode livenet: what is made of an image, also when it is killed or starved; and that it boots. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { gc } from '../src/image/gc.ts';
import { measure } from '../src/image/measure.ts';
import { listPublications } from '../src/image/publications.ts';
import { resize } from '../src/image/resize.ts';
import { rm as removeImage } from '../src/image/rm.ts';
import type { Generation } from '../src/image/types.ts';
import { makeRootfs, type Filesystem } from '../src/modes/livenet/rootfs.ts';
import { publish, unpublish } from '../src/modes/publish.ts';
import { loadInstallation } from '../src/system/config.ts';
import { silent } from '../src/system/events.ts';
import { Namespace } from '../src/system/namespace.ts';
import { pathsUnder } from '../src/system/paths.ts';
import { reconcileWork } from '../src/system/workdir.ts';
import { publish as publishFake, testCatalog } from './support/catalog.ts';
import { cachedImage, privateCopy, SLIPWAY } from './support/image-cache.ts';
import { EXPECTED, LOOK, publishSpecial } from './support/special-tree.ts';
import { traces, Trial } from './support/tiny.ts';

const run = promisify(execFile);
const support = join(import.meta.dirname, 'support');
const MINUTES = 60_000;
const MIB = 2 ** 20;

/** A file of the host that a hostile link points to. */
async function secretFile(root: string): Promise<string> {
  const secret = join(root, 'secret');
  await writeFile(secret, 'of the host');
  return secret;
}

describe('the file system of a live image', () => {
  test.each([
    ['ext4', 120],
    ['xfs', 320],
  ] as [Filesystem, number][])(
    '%s of %i MiB has owners, links, attributes, capabilities; hostile links stay links',
    async (filesystem, mib) => {
      await using t = await testCatalog();
      const secret = await secretFile(t.root);
      await publishSpecial(t.catalog, t.root, secret);
      const directory = join(t.root, 'made');
      await mkdir(directory);
      const image = await t.catalog.resolve('special');
      const size = mib * MIB;
      expect(
        await makeRootfs({ catalog: t.catalog, image, size, filesystem, directory, options: {} }),
      ).toMatchObject({
        bytes: size,
      });
      const file = join(directory, 'rootfs.img');
      expect((await stat(file)).size).toBe(size);
      await using namespace = await Namespace.open();
      await namespace.run(['mount', '-o', 'loop,ro', file, directory]);
      const inside = ['env', '-C', directory, '--', 'sh', '-c', LOOK];
      const { stdout } = await namespace.run(inside);
      expect(stdout.trim().split('\n')).toEqual(EXPECTED.map((line) => line.replace('SECRET', secret)));
      const { stdout: free } = await namespace.run(['stat', '-f', '-c', '%b %a %S', directory]);
      const [blocks = 0, available = 0, block = 0] = free.split(' ').map(Number);
      expect((blocks * block) / size).toBeGreaterThan(filesystem === 'ext4' ? 0.98 : 0.7);
      expect((available * block) / size).toBeGreaterThan(filesystem === 'ext4' ? 0.95 : 0.6);
      expect(await readFile(secret, 'utf8')).toBe('of the host');
      expect(
        (await run('grep', ['-c', 'of the host', file]).catch((error: { stdout: string }) => error)).stdout,
      ).toBe('0\n');
    },
    2 * MINUTES,
  );

  test('the same image gives the same ext4', async () => {
    await using t = await testCatalog();
    await publishSpecial(t.catalog, t.root, '/etc/shadow');
    const image = await t.catalog.resolve('special');
    const sums: string[] = [];
    for (const name of ['one', 'two']) {
      const directory = join(t.root, name);
      await mkdir(directory);
      await makeRootfs({
        catalog: t.catalog,
        image,
        size: 'auto',
        filesystem: 'ext4',
        directory,
        options: {},
      });
      sums.push((await run('sha256sum', [join(directory, 'rootfs.img')])).stdout.slice(0, 64));
    }
    expect(new Set(sums).size).toBe(1);
  });

  test('XFS has a least size of its own', async () => {
    await using t = await testCatalog();
    await publishSpecial(t.catalog, t.root, '/etc/shadow');
    const image = await t.catalog.resolve('special');
    const making = { catalog: t.catalog, image, filesystem: 'xfs', directory: t.root, options: {} } as const;
    await expect(makeRootfs({ ...making, size: 200 * MIB })).rejects.toMatchObject({
      code: 'livenet/xfs-size',
    });
  });
});

describe('resize', () => {
  test('defect 14: up and down in new generations, checked first; the one that nodes boot from stays', async () => {
    await using t = await testCatalog();
    await publishSpecial(t.catalog, t.root, '/etc/shadow', { bytes: 90 * MIB });
    const before = await t.catalog.resolve('special:1');
    const { used, least } = (await resize(t.catalog, 'special:1', '300M')).size;
    expect(used).toBeGreaterThan(90 * MIB);
    expect(used).toBeLessThan(91 * MIB);
    expect(least).toBeGreaterThan(used + 32 * MIB);
    expect(await resize(t.catalog, 'special', 'auto')).toMatchObject({
      generation: { generation: 3, tags: ['latest'] },
      from: { generation: 2 },
      size: { before: 300 * MIB, now: least + 68 * MIB },
    });
    await expect(resize(t.catalog, 'special', `${least / MIB - 1}M`)).rejects.toMatchObject({
      code: 'image/too-small',
      message: `special:3 does not fit into ${least / MIB - 1} MiB: it uses 91 MiB, and needs at least ${least / MIB} MiB`,
    });
    expect((await resize(t.catalog, 'special', `${least / MIB}M`)).generation.generation).toBe(4);
    expect((await t.catalog.generations()).map(({ generation, state }) => [generation, state])).toEqual(
      [1, 2, 3, 4].map((number) => [number, 'ready']),
    );
    const after = await t.catalog.resolve('special:1');
    expect({ ...after, generation: { ...after.generation, tags: [] } }).toEqual({
      ...before,
      generation: { ...before.generation, tags: [] },
    });
    expect((await t.catalog.resolve('special:4')).layers).toEqual(before.layers);
  });

  test('what layers show together is measured: hard links once, holes not', async () => {
    await using t = await testCatalog();
    await publishSpecial(t.catalog, t.root, '/etc/shadow', { bytes: 5 * MIB });
    const { config } = await t.catalog.resolve('special');
    const once = await measure(t.catalog, config.layers);
    expect(once.bytes).toBeGreaterThan(5 * MIB);
    expect(once.bytes).toBeLessThan(5.2 * MIB);
    expect(once.files).toBe(15);
  });
});

test('defect 8: a recipe with a size builds only what fits; auto takes the least, and 100 MiB', async () => {
  await using trial = await Trial.open();
  await truncate(await trial.write('tree/big', ''), 150 * MIB);
  await writeFile(join(trial.directory, 'tree/big'), Buffer.alloc(150 * MIB, 'x'));
  for (const size of ["5'5G", '99M', '60G', '-1'])
    await expect(
      trial.recipe('bad', `size: "${size}"\n`).then((file) => trial.build(file)),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(recipe|yaml)\//) as string,
    });
  const small = await trial.recipe('small', 'size: 160M\n');
  await expect(trial.build(small)).rejects.toMatchObject({
    code: 'image/too-small',
    message: expect.stringMatching(
      /^small does not fit into 160 MiB: it uses 15\d MiB, and needs at least 1\d\d MiB$/,
    ) as string,
  });
  const catalog = await Catalog.open(trial.installation.paths);
  expect(await catalog.list()).toEqual([]);
  await trial.build(await trial.recipe('fits', 'size: 0.5G\n'));
  expect((await catalog.resolve('fits')).config.size).toBe(512 * MIB);
  await trial.build(await trial.recipe('least', 'size: auto\n'));
  const { size = 0, used = 0 } = (await catalog.resolve('least')).config;
  expect(size - used).toBeGreaterThan(100 * MIB);
  expect(size - used).toBeLessThan(112 * MIB);
});

describe('publications', () => {
  const child = (root: string, work: string, env: Record<string, string> = {}) =>
    run(
      process.execPath,
      ['--import', join(support, 'kill-at.ts'), join(support, 'publish-child.ts'), root, work],
      {
        env: { ...process.env, ...env },
      },
    );

  test(
    'killed at any change to the file system, there is the old one, the new one or none, never half',
    async () => {
      const states = new Set<string>();
      let total = Infinity;
      for (let n = 1; n <= total; n++) {
        await using t = await testCatalog();
        await publishFake(t.catalog, 'a');
        const end = await child(t.root, 'publish', { KILL_AT: String(n) }).then(
          () => 'whole',
          (error: { signal?: string; stderr: string }) => error.signal ?? error.stderr,
        );
        if (end === 'whole') total = 0;
        else expect(end).toBe('SIGKILL');
        const { publications, bad } = await listPublications(t.paths);
        expect(bad).toEqual([]);
        states.add(publications.map((one) => String(one.options['size'])).join());
        // What is published has its blobs, also after a collection, and nothing else is left.
        await gc(t.catalog, { grace: 0 });
        for (const { blobs } of publications)
          for (const part of Object.values(blobs))
            expect(await t.catalog.blobs.size(part.digest)).toBe(part.size);
        expect(await t.catalog.blobs.names()).toHaveLength(6 + publications.length);
        expect((await readdir(t.paths.published).catch(() => [])).length).toBe(publications.length);
      }
      expect([...states].toSorted()).toEqual(['', 'one', 'two']);
    },
    5 * MINUTES,
  );

  test('keep an image from being removed; a record that nobody can read keeps gc from guessing', async () => {
    await using t = await testCatalog();
    await publishFake(t.catalog, 'a');
    const { digest } = await t.catalog.find('a');
    const blob = await t.catalog.putBlob('made');
    const record = {
      mode: 'livenet',
      image: digest,
      created: '',
      key: '',
      blobs: { root: blob },
      options: {},
    };
    const file = join(t.paths.published, `livenet-${digest.slice(7)}.json`);
    await mkdir(t.paths.published, { recursive: true });
    await writeFile(file, JSON.stringify(record));
    await expect(removeImage(t.catalog, 'a', async () => [])).rejects.toMatchObject({
      code: 'image/published',
      todo: 'Take that back first: slipway unpublish a:1 --mode livenet.',
    });
    expect((await gc(t.catalog, { grace: 0 })).blobs).toEqual([]);
    await writeFile(file, '{');
    await expect(gc(t.catalog, { grace: 0 })).rejects.toMatchObject({ code: 'image/bad-publication' });
    const publisher = { installation: loadInstallation(t.root), catalog: t.catalog, sink: silent };
    await rm(file);
    await writeFile(file, JSON.stringify(record));
    const booting = async (_: Generation, mode: string) => (mode === 'livenet' ? ['n1', 'n2'] : []);
    await expect(unpublish(publisher, 'a', 'livenet', booting)).rejects.toMatchObject({
      code: 'mode/in-use',
      message: 'a:1 is booted in mode livenet by n[1-2]',
    });
    await unpublish(publisher, 'a', 'livenet', async () => []);
    expect((await gc(t.catalog, { grace: 0 })).blobs).toEqual([blob.digest]);
    await expect(unpublish(publisher, 'a', 'livenet', async () => [])).rejects.toMatchObject({
      code: 'mode/not-published',
    });
    expect(await publish(publisher, 'a', 'ram')).toMatchObject({ cached: true, publication: null });
    await expect(publish(publisher, 'a', 'ram', { size: '1G' })).rejects.toMatchObject({
      code: 'mode/option',
    });
    await expect(publish(publisher, 'a', 'livenet', { size: '1K' })).rejects.toMatchObject({
      code: 'image/bad-size',
    });
    expect((await removeImage(t.catalog, 'a', async () => [])).length).toBe(1);
  });

  test.each([
    ['livenet', '1M', 'image/no-space'],
    ['livenet', '0', 'lock/full'],
    ['resize', '0', 'lock/full'],
  ])('%s on a disk with %s free: a clear error, and nothing is lost', async (work, free, expected) => {
    const root = await mkdtemp(join(tmpdir(), 'slipway-full-'));
    try {
      await using namespace = await Namespace.open();
      await namespace.run(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', root]);
      await using t = await testCatalog();
      await publishSpecial(t.catalog, t.root, '/etc/shadow', { bytes: 10 * MIB });
      await namespace.run(['cp', '--archive', join(t.root, 'var'), root]);
      await namespace.run([
        'sh',
        '-c',
        'head -c 100M /dev/zero >"$0" || truncate --size "-$1" "$0"',
        join(root, 'filler'),
        free,
      ]);
      const argv = [process.execPath, join(support, 'publish-child.ts'), root, work];
      const { stdout } = await namespace.run(argv);
      const { code, list } = JSON.parse(stdout) as { code: string; list: Generation[] };
      expect(code).toBe(expected);
      expect(list.map(({ generation, state }) => [generation, state])).toEqual([[1, 'ready']]);
      const { stdout: records } = await namespace.run([
        'find',
        pathsUnder(root).state,
        '-name',
        '*.json',
        '-path',
        '*published*',
      ]);
      expect(records).toBe('');
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

describe('an image in mode livenet', () => {
  const titles = ['ext4 of debian-minimal', 'pack the live image', 'tools for the initramfs'];

  test(
    'killed in the middle of publishing, nothing is left or half there',
    async () => {
      const image = await cachedImage();
      await using copy = await privateCopy(image);
      const { paths } = copy.installation;
      for (const title of titles) {
        const child = spawn(SLIPWAY, ['publish', image.ref, '--mode', 'livenet', '--json'], {
          env: { ...process.env, SLIPWAY_ROOT: paths.root },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const closed = once(child, 'close');
        let killed = false;
        for await (const line of createInterface({ input: child.stdout }))
          if (line.includes('"task-started"') && line.includes(title)) killed = child.kill('SIGKILL');
        await closed;
        expect(killed, title).toBe(true);
        await expect.poll(() => traces(paths.root), { timeout: MINUTES }).toEqual([]);
        expect(await listPublications(paths)).toEqual({ publications: [], bad: [] });
        await reconcileWork(paths);
        expect(await readdir(paths.work)).toEqual(['locks']);
      }
    },
    5 * MINUTES,
  );

  test(
    'boots by the modules of dracut, has the size that was asked for, and says so itself',
    async () => {
      const image = await cachedImage();
      const env = { ...process.env, SLIPWAY_ROOT: image.root };
      const size = ['--size', '700M'];
      await run(SLIPWAY, ['publish', image.ref, '--mode', 'livenet', ...size], { env });
      const again = await run(SLIPWAY, ['publish', image.ref, '--mode', 'livenet', ...size, '--json'], {
        env,
      });
      expect(JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ cached: true });
      const checks = [
        'test "$(cat /etc/hostname)" = test && systemctl is-active ssh && test -s /etc/ssh/ssh_host_ed25519_key',
        'findmnt --noheadings --types ext4 / && test $(df --output=size -m / | tail -n 1) -ge 680 && test $(df --output=size -m / | tail -n 1) -le 700',
        'head -c 200M /dev/zero >/root/filled && sync && test $(stat -c %s /root/filled) = 209715200',
      ];
      const words = [
        image.ref,
        '--mode',
        'livenet',
        '--memory',
        '1G',
        ...checks.flatMap((one) => ['--check', one]),
      ];
      const { stdout } = await run(SLIPWAY, ['image', 'test', ...words, '--json'], { env }).catch(
        (error: { stdout: string }) => error,
      );
      const tested = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
        result: string;
        reason?: string;
        stages: { name: string }[];
      };
      expect(tested.reason).toBeUndefined();
      expect(tested.result).toBe('pass');
      expect([...new Set(tested.stages.map((stage) => stage.name))]).toEqual([
        'ipxe', 'loaded', 'initramfs', 'layer', 'root', 'switch-root', 'services', 'check', 'ready',
      ]); // prettier-ignore
    },
    10 * MINUTES,
  );
});
