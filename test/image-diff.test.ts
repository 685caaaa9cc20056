import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareTrees, type FileChange } from '../src/image/compare-trees.ts';
import { diff, fileChanges } from '../src/image/diff.ts';
import { Sandbox } from '../src/system/sandbox.ts';
import { workDirectory } from '../src/system/workdir.ts';
import { publish, testCatalog, type TestCatalog } from './support/catalog.ts';
import { readFile } from 'node:fs/promises';

type Fill = (directory: string) => void;

/** Packs what `fill` makes. */
async function pack(
  t: TestCatalog,
  fill: Fill,
  format: 'squashfs' | 'erofs' = 'squashfs',
): Promise<Uint8Array> {
  const tree = join(t.root, `tree-${randomBytes(4).toString('hex')}`);
  mkdirSync(tree);
  fill(tree);
  const out = `${tree}.img`;
  const tools = {
    squashfs: ['mksquashfs', tree, out, '-quiet', '-no-progress', '-comp', 'zstd'],
    erofs: ['mkfs.erofs', out, tree],
  };
  const [tool = '', ...args] = tools[format];
  execFileSync(tool, args, { stdio: 'pipe' });
  rmSync(tree, { recursive: true });
  return await readFile(out);
}

const base: Fill = (d) => {
  for (const dir of ['etc', 'usr', 'usr/bin', 'usr/share', 'usr/share/doc', 'opaque', 'opaque/deep', 'same'])
    mkdirSync(join(d, dir));
  for (const file of [
    'etc/hosts',
    'etc/removed',
    'etc/owner',
    'etc/mode',
    'etc/xattr',
    'etc/turned',
    'usr/bin/tool',
    'same/one',
    'opaque/a',
    'opaque/deep/b',
  ])
    writeFileSync(join(d, file), `content of ${file}`);
  writeFileSync(join(d, 'etc/grown'), 'x');
  symlinkSync('/etc/shadow', join(d, 'etc/link'));
  symlinkSync('/etc', join(d, 'escape'));
  linkSync(join(d, 'usr/bin/tool'), join(d, 'usr/bin/hard'));
  execFileSync('mknod', [join(d, 'device'), 'c', '1', '3']);
  execFileSync('mkfifo', [join(d, 'fifo')]);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'old', join(d, 'etc/xattr')]);
};

const changes: Fill = (d) => {
  mkdirSync(join(d, 'etc'));
  writeFileSync(join(d, 'etc/hosts'), 'CONTENT of etc/hosts'); // the same size
  writeFileSync(join(d, 'etc/grown'), 'xx');
  writeFileSync(join(d, 'etc/owner'), 'content of etc/owner');
  chownSync(join(d, 'etc/owner'), 7, 8);
  writeFileSync(join(d, 'etc/mode'), 'content of etc/mode');
  chmodSync(join(d, 'etc/mode'), 0o4755);
  writeFileSync(join(d, 'etc/xattr'), 'content of etc/xattr');
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'new', join(d, 'etc/xattr')]);
  mkdirSync(join(d, 'etc/turned'));
  writeFileSync(join(d, 'etc/turned/inside'), '');
  symlinkSync('/etc/passwd', join(d, 'etc/link'));
  execFileSync('mknod', [join(d, 'etc/removed'), 'c', '0', '0']); // whiteout
  execFileSync('mknod', [join(d, 'device'), 'c', '1', '5']);
  mkdirSync(join(d, 'opaque'));
  execFileSync('setfattr', ['-n', 'trusted.overlay.opaque', '-v', 'y', join(d, 'opaque')]);
  writeFileSync(join(d, 'opaque/new'), '');
  writeFileSync(join(d, 'new\nline'), '');
  writeFileSync(Buffer.concat([Buffer.from(d), Buffer.from([0x2f, 0xff, 0x5c])]), '');
  mkdirSync(join(d, 'same')); // touched, not changed
  writeFileSync(join(d, 'same/one'), 'content of same/one');
};

const expected: FileChange[] = [
  { path: '/device', change: 'changed', type: 'character device', aspects: ['device'] },
  { path: '/etc/grown', change: 'changed', type: 'file', aspects: ['size'] },
  { path: '/etc/hosts', change: 'changed', type: 'file', aspects: ['content'] },
  { path: '/etc/link', change: 'changed', type: 'link', aspects: ['target'] },
  { path: '/etc/mode', change: 'changed', type: 'file', aspects: ['mode'] },
  { path: '/etc/owner', change: 'changed', type: 'file', aspects: ['owner'] },
  { path: '/etc/removed', change: 'removed', type: 'file' },
  { path: '/etc/turned', change: 'changed', type: 'directory', aspects: ['type'] },
  { path: '/etc/turned/inside', change: 'added', type: 'file' },
  { path: '/etc/xattr', change: 'changed', type: 'file', aspects: ['xattrs'] },
  { path: '/new\\x0aline', change: 'added', type: 'file' },
  { path: '/opaque/a', change: 'removed', type: 'file' },
  { path: '/opaque/deep', change: 'removed', type: 'directory' },
  { path: '/opaque/deep/b', change: 'removed', type: 'file' },
  { path: '/opaque/new', change: 'added', type: 'file' },
  { path: '/\\xff\\x5c', change: 'added', type: 'file' },
];
const byPath = (a: FileChange, b: FileChange) => (a.path < b.path ? -1 : 1);

for (const format of ['squashfs', 'erofs'] as const)
  test(`every kind of change is found, in ${format}`, async () => {
    await using t = await testCatalog();
    const [one, two] = [await pack(t, base, format), await pack(t, changes, format)];
    await publish(t.catalog, 'a', { layers: [one], format });
    await publish(t.catalog, 'a', { layers: [one, two], format, kernel: '6.2', packages: [] });
    const found = await diff(t.catalog, 'a:1', 'a:2');
    expect(found.files.toSorted(byPath)).toEqual(expected.toSorted(byPath));
    expect(found).toMatchObject({ truncated: false, kernel: { before: '6.1.0-1-amd64', after: '6.2' } });
    expect(found.packages.removed).toMatchObject([{ name: 'bash' }]);
    // The other way round: what was added is removed.
    const back = await diff(t.catalog, 'a:2', 'a:1');
    const turned = { added: 'removed', removed: 'added', changed: 'changed' };
    expect(Object.fromEntries(back.files.map((f) => [f.path, turned[f.change]]))).toEqual(
      Object.fromEntries(expected.map((f) => [f.path, f.change])),
    );
    expect(await diff(t.catalog, 'a:1', 'a:2', { limit: 3 })).toMatchObject({
      truncated: true,
      files: { length: 3 },
    });
    // Nothing is left: no mount, no loop device, no work directory.
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(t.root);
    expect(
      execFileSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' }),
    ).not.toContain(t.root);
    expect(readdirSync(t.paths.work).filter((n) => n !== 'locks')).toEqual([]);
  });

test('equal layers are not even mounted', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'a', { layers: ['no file system at all'] });
  await publish(t.catalog, 'a', { layers: ['no file system at all'], kernel: '6.2' });
  expect(await diff(t.catalog, 'a:1', 'a:2')).toMatchObject({ files: [], kernel: { after: '6.2' } });
});

// Skipping what no layer of one side has must not change the answer: compared with looking at everything.
test('random stacks: the quick way finds what the thorough way finds', { timeout: 120_000 }, async () => {
  const file = fc.record({
    at: fc.constantFrom('x', 'd/x', 'd/y', 'd/e/x', 'e/x', 'e/d/y'),
    kind: fc.constantFrom('file', 'whiteout', 'opaque', 'link', 'directory'),
    content: fc.constantFrom('1', '2', '33'),
  });
  const layer = fc.array(file, { maxLength: 4 });
  const stacks = fc.record({
    shared: fc.array(layer, { minLength: 1, maxLength: 2 }),
    a: fc.array(layer, { maxLength: 2 }),
    b: fc.array(layer, { maxLength: 2 }),
  });
  const filler =
    (files: { at: string; kind: string; content: string }[]): Fill =>
    (d) => {
      for (const { at, kind, content } of files) {
        const path = join(d, at);
        try {
          mkdirSync(join(path, '..'), { recursive: true });
          if (kind === 'file') writeFileSync(path, content, { flag: 'wx' });
          else if (kind === 'link') symlinkSync(content, path);
          else if (kind === 'directory') mkdirSync(path);
          else if (kind === 'whiteout') execFileSync('mknod', [path, 'c', '0', '0'], { stdio: 'pipe' });
          else {
            mkdirSync(path);
            execFileSync('setfattr', ['-n', 'trusted.overlay.opaque', '-v', 'y', path]);
          }
        } catch {
          // Taken already in this layer, or below a file: leave it out.
        }
      }
    };
  let differences = 0;
  await fc.assert(
    fc.asyncProperty(stacks, async ({ shared, a, b }) => {
      await using t = await testCatalog();
      const packed = async (layers: (typeof shared)[number][]) =>
        await Promise.all(layers.map((l) => pack(t, filler(l))));
      const below = await packed(shared);
      await publish(t.catalog, 'a', { layers: [...below, ...(await packed(a))] });
      await publish(t.catalog, 'b', { layers: [...below, ...(await packed(b))] });
      const [one, two] = [await t.catalog.resolve('a'), await t.catalog.resolve('b')];
      const quick: FileChange[] = [];
      for await (const change of fileChanges(t.catalog, one, two)) quick.push(change);
      const thorough: FileChange[] = [];
      await using work = await workDirectory(t.paths, 'thorough');
      const sides = [];
      await using stack = new AsyncDisposableStack();
      for (const image of [one, two]) {
        const at = join(work.path, image.generation.name);
        mkdirSync(at);
        const lowers = image.layers.map((l) => ({
          blob: t.catalog.blobPath(l.digest),
          format: 'squashfs' as const,
        }));
        const tree = stack.use(await Sandbox.open(t.paths, at, lowers, false));
        sides.push({ tree, own: [tree.root] }); // the tree itself has every path: nothing is skipped
      }
      const [left, right] = sides;
      if (!left || !right) throw new Error('two sides expected');
      for await (const change of compareTrees(left, right)) thorough.push(change);
      differences += thorough.length;
      expect(quick).toEqual(thorough);
    }),
    { numRuns: 15 },
  );
  expect(differences).toBeGreaterThan(0);
});
