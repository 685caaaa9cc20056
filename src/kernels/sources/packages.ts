/** Kernels in packages of distributions. deb(5), rpm2cpio(8) */
import { createWriteStream } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { confined, runConfined } from '../../system/confined.ts';
import { SlipwayError } from '../../system/errors.ts';
import type { Paths } from '../../system/paths.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import { diskFull } from '../../system/disk-full.ts';
import { fail } from '../errors.ts';
import { findKernels } from '../find.ts';
import type { Origin } from './origin.ts';

export function isPackage(path: string): boolean {
  return /\.(deb|rpm)$/.test(path);
}

/** Bytes that one file of a package may have: a few KiB can unpack to more than there is disk. */
const LARGEST = 4 * 2 ** 30;

/**
 * Unpacks packages into one tree, which goes when the origin is closed. Their scripts are not run.
 * @throws SlipwayError `kernels/not-found`, `kernels/bad-package`
 */
export async function packageKernels(
  files: readonly string[],
  paths: Paths,
  signal?: AbortSignal,
): Promise<Origin> {
  const names = files.map((file) => basename(file)).join(', ');
  await using open = new AsyncDisposableStack();
  const work = open.use(await workDirectory(paths, 'kernel-packages'));
  const tree = join(work.path, 'tree');
  await mkdir(tree);
  for (const [i, file] of files.entries()) {
    const path = await realpath(resolve(file)).catch(() => undefined);
    if (!path) throw fail('not-found', { what: `file ${file}`, todo: 'Check its path.' });
    const payload = join(work.path, `payload${i}`);
    try {
      await unpack(path, payload, tree, signal);
    } catch (cause) {
      if (!(cause instanceof SlipwayError) || cause.code !== 'process/failed' || diskFull(cause)) throw cause;
      throw fail(
        'bad-package',
        { files: file, reason: 'It cannot be unpacked.' },
        { cause, output: cause.output },
      );
    }
  }
  const kernels = await findKernels(tree);
  if (kernels.length === 0)
    throw fail('bad-package', {
      files: names,
      reason: 'Together they have no version with both a vmlinuz and modules.',
    });
  const held = open.move();
  return {
    kernels: kernels.map((kernel) => ({ ...kernel, from: `package ${names}`, label: `vmlinuz of ${names}` })),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** What a kernel consists of, and little else; nothing can be written but below `tree`. */
async function unpack(file: string, payload: string, tree: string, signal?: AbortSignal): Promise<void> {
  const limit = ['prlimit', `--fsize=${LARGEST}`, '--'];
  const into = { binds: { [tree]: '/tree' }, readOnlyBinds: { [payload]: '/payload' }, signal };
  if (file.endsWith('.deb')) {
    await save(['dpkg-deb', '--fsys-tarfile', '/package'], file, payload, signal);
    const argv = ['tar', '--extract', '--file=/payload', '--directory=/tree', '--no-same-owner', '--no-same-permissions', '--exclude=./usr/share', '--exclude=./usr/src']; // prettier-ignore
    await runConfined([...limit, ...argv], into);
  } else {
    await save(['rpm2cpio', '/package'], file, payload, signal);
    const argv = ['env', '--chdir=/tree', '--', 'cpio', '--extract', '--make-directories', '--no-absolute-filenames', '--no-preserve-owner', '--quiet', '--file=/payload']; // prettier-ignore
    await runConfined([...limit, ...argv, ...WANTED], into);
  }
}

/** As packages name them, with a dot in front or not. */
const WANTED = ['boot/vmlinuz-*', 'lib/modules/*', 'usr/lib/modules/*'].flatMap((path) => [
  path,
  `./${path}`,
]);

/** Standard output of a program over `file`, which it sees as /package, in `payload`. */
async function save(argv: string[], file: string, payload: string, signal?: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const out = createWriteStream(payload, { flags: 'wx', mode: 0o600 });
  let failure: Error | undefined;
  // A full disk: nobody would read what the program still writes, so that it must be stopped.
  out.on('error', (error) => {
    failure = error;
    stop.abort();
  });
  const written = finished(out).catch(() => {});
  const lent = confined(['prlimit', `--fsize=${LARGEST}`, '--', ...argv], {
    readOnlyBinds: { [file]: '/package' },
  });
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    await run(lent, { stdout: out, signal: both });
  } catch (error) {
    throw failure ?? error;
  } finally {
    out.end();
    await written;
  }
  if (failure) throw failure;
}
