/** Directories of one tree made like those of another. Nobody writes in either; names are bytes as latin1. */
import { chmod, chown, lstat, mkdir, utimes } from 'node:fs/promises';
import { bytes, under } from '../../image/tree-files.ts';
import { escapeOctal, unescapeOctal } from '../../system/octal.ts';
import { run, runBytes } from '../../system/process.ts';

/** Kept by overlayfs for itself; where a directory hides what is below, it goes on doing so. */
const OVERLAY = /^(trusted|user)\.overlay\./;

/**
 * Gives directories of `to` owner, mode, times and extended attributes of those of `from`; makes those that are
 * not there.
 * @param paths `/etc`, parents first
 */
export async function likeDirectories(
  from: string,
  to: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (paths.length === 0) return;
  for (const path of paths) {
    const [info, own] = [await lstat(under(from, path)), under(to, path)];
    await mkdir(own).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await chown(own, info.uid, info.gid);
    await chmod(own, info.mode & 0o7777);
  }
  const [wanted, had] = [await attributes(from, paths, signal), await attributes(to, paths, signal)];
  const gone = Map.groupBy(
    paths.flatMap((path) => [...(had.get(path) ?? new Map<string, string>()).keys()].filter((name) => !wanted.get(path)?.has(name)).map((name) => ({ name, path }))),
    ({ name }) => name,
  ); // prettier-ignore
  for (const [name, some] of gone)
    await run(['xargs', '--null', 'setfattr', '--no-dereference', `--remove=${name}`, '--'], {
      cwd: to,
      input: list(some.map(({ path }) => path)),
      signal,
    });
  const dump = [...wanted].map(([path, all]) =>
    [`# file: ${quoted(`.${path}`)}`, ...[...all].map(([name, value]) => `${name}=${value}`), '', ''].join(
      '\n',
    ),
  );
  await run(['setfattr', '--no-dereference', '--restore=-'], {
    cwd: to,
    input: bytes(dump.join('')),
    signal,
  });
  // Children first: what is made in a directory changes its time.
  for (const path of paths.toReversed()) {
    const { atimeMs, mtimeMs } = await lstat(under(from, path));
    await utimes(under(to, path), atimeMs / 1000, mtimeMs / 1000);
  }
}

const list = (paths: readonly string[]) => bytes(paths.map((path) => `.${path}\0`).join(''));

/** By path, value by name, as getfattr(1) writes them in hexadecimal digits. */
async function attributes(
  tree: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Map<string, string>>> {
  const how = ['--no-dereference', '--dump', '--match=-', '--encoding=hex', '--absolute-names'];
  const options = { cwd: tree, input: list(paths), signal };
  const dump = (await runBytes(['xargs', '--null', 'getfattr', ...how, '--'], options)).toString('latin1');
  const found = new Map<string, Map<string, string>>();
  for (const block of dump.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n');
    const pairs = lines.filter((line) => line.includes('=') && !OVERLAY.test(line));
    const entries = pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const); // prettier-ignore
    if (entries.length > 0) found.set(unescapeOctal(head.slice('# file: .'.length)), new Map(entries));
  }
  return found;
}

/** As setfattr(1) reads names. */
const quoted = (name: string) => escapeOctal(name, /[^\x21-\x5b\x5d-\x7e]/g);
