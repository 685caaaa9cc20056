/** The pool of kernels when commands are killed, run at once, or find the disk full. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { verify } from '../src/image/verify.ts';
import { gc } from '../src/image/gc.ts';
import { setKernel } from '../src/kernels/set-kernel.ts';
import { Namespace } from '../src/system/namespace.ts';
import { reconcileWork } from '../src/system/workdir.ts';
import { PoolTrial } from './support/kernel-pool.ts';
import { traces } from './support/tiny.ts';

const V = '6.1.0-9-amd64';
const here = new URL('support/', import.meta.url).pathname;
const run = promisify(execFile);

async function child(trial: PoolTrial, host: string, env: Record<string, string> = {}) {
  const argv = [
    '--import',
    join(here, 'kill-at.ts'),
    join(here, 'kernel-child.ts'),
    trial.directory,
    host,
    V,
  ];
  return await run(process.execPath, argv, { env: { ...process.env, ...env } });
}

/** A trial with an image `base`, and a host with a kernel. */
async function prepare(): Promise<{ trial: PoolTrial; host: string }> {
  const trial = await PoolTrial.open();
  const tree = join(trial.directory, 'tree');
  await mkdir(join(tree, 'usr/lib/modules'), { recursive: true });
  await run('ln', ['-s', 'usr/lib', join(tree, 'lib')]);
  await trial.image('base', tree);
  return { trial, host: await trial.host('host', V) };
}

/** Nothing but what whole kernels have; no mount, no process, no loop device. */
async function tidy({ pool, directory, installation }: PoolTrial): Promise<void> {
  for (let i = 0; i < 100 && traces(directory).length > 0; i++)
    await new Promise((done) => setTimeout(done, 20));
  expect(traces(directory)).toEqual([]);
  const { kernels, broken } = await pool.list();
  expect(broken).toEqual([]);
  const names = await readdir(installation.paths.kernels).catch(() => []);
  expect(names).toEqual(kernels.map((kernel) => kernel.version));
}

test(
  'killed at a change to the file system: whole kernels and whole images only, and the next command goes on',
  { timeout: 900_000 },
  async () => {
    const states = new Set<string>();
    // Every third of some 150: each kind of step is among them, and those of the catalog have a test of their own.
    for (let [n, killed] = [1, true]; killed; n += 3) {
      const { trial, host } = await prepare();
      await using _ = trial;
      const end = await child(trial, host, { KILL_AT: String(n), AND_REMOVE: '1' }).then(
        () => 'whole',
        (error: { signal?: string; stderr?: string }) => error.signal ?? error.stderr,
      );
      // Fewer changes than n: all were tried.
      killed = end !== 'whole';
      if (killed) expect(end).toBe('SIGKILL');
      await tidy(trial);
      const { kernels } = await trial.pool.list();
      const generations = await trial.catalog.generations('base');
      expect(generations.every((g) => g.state === 'ready')).toBe(true);
      states.add(
        `${kernels.map((k) => (k.initramfs ? 'initramfs' : 'kernel')).join('')} ${generations.length}`,
      );
      // The next command takes away what was left, and gets it done.
      await reconcileWork(trial.installation.paths);
      await trial.add([V], { root: host });
      await trial.initramfs(V);
      const { installation, sink } = trial;
      await setKernel('base', V, trial.catalog, { installation, options: { sink } });
      const files = await readdir(join(installation.paths.kernels, V));
      expect(files.map((f) => f.replace(/-\w+$/, '')).toSorted()).toEqual([
        'initramfs',
        'kernel.json',
        'modules.squashfs',
        'vmlinuz',
      ]);
      expect((await trial.catalog.generations('base')).map((g) => g.generation)).toEqual([1, 2]);
      expect((await verify(trial.catalog)).bad).toEqual([]);
      await gc(trial.catalog, { grace: 0 });
      expect((await readdir(installation.paths.work)).filter((name) => name !== 'locks')).toEqual([]);
    }
    expect([...states]).toEqual([' 1', 'kernel 1', 'initramfs 1', 'initramfs 2', ' 2']);
  },
);

test(
  'two add the same kernel, give it to an image and remove it at once: each in its turn',
  { timeout: 120_000 },
  async () => {
    const { trial, host } = await prepare();
    await using _ = trial;
    const ends = await Promise.all([1, 2, 3].map(async () => (await child(trial, host)).stdout));
    // Whoever finds the image held by another says so; nothing is half.
    for (const end of ends) expect(end).toMatch(/^(\{"code":"lock\/held".*\n)?operations/);
    await tidy(trial);
    expect((await trial.pool.find(V)).initramfs).toBeTruthy();
    expect((await trial.catalog.generations('base')).map((g) => g.generation)).toEqual([1, 2]);
  },
);

test('a full disk is told, and changes nothing', { timeout: 240_000 }, async () => {
  const codes = new Set<string>();
  // From what is too little for anything, up to enough.
  for (let kilobytes = 100; kilobytes <= 3000; kilobytes += 150) {
    const { trial, host } = await prepare();
    await using _ = trial;
    await writeFile(join(host, 'usr/lib/modules', V, 'kernel/firmware'), randomBytes(400_000));
    await using namespace = await Namespace.open();
    const state = trial.installation.paths.state;
    const copy = join(trial.directory, 'copy');
    await run('cp', ['-a', state, copy]);
    await namespace.run(['mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'full', state]);
    await namespace.run(['cp', '-a', `${copy}/.`, state]).catch(() => undefined);
    const seen = `/proc/${namespace.pid}/root${trial.directory}`;
    const argv = [process.execPath, join(here, 'kernel-child.ts'), trial.directory, host, V];
    const { stdout } = await namespace.run(argv);
    const code = stdout
      ? (JSON.parse(stdout.trim().split('\n')[0] ?? '{}') as { code?: string }).code
      : 'done';
    codes.add(code ?? stdout);
    const inside = await PoolTrial.open(seen);
    expect((await inside.pool.list()).broken).toEqual([]);
    if (code === 'done') break;
  }
  expect(codes).toContain('done');
  expect(codes).toContain('kernels/no-space');
  for (const code of codes) expect(['kernels/no-space', 'image/no-space', 'done']).toContain(code);
});
