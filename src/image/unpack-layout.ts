/**
 * Unpacks a tar file that should be an OCI image layout. Nobody trusts it: it
 * is listed first, and only the plain files that a layout has are taken out.
 */
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../system/process.ts';
import { fail } from './errors.ts';

const LINE = /^(.)[rwxsStT-]{9}[.+]? +\d+\/\d+ +(\d+) \d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? (.*)$/;
const WANTED = /^(\.\/)*(oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/;

/** Unpacks `archive` (any compression that tar knows) into the empty directory `directory`. @throws SlipwayError `image/bad-layout`, `image/no-space` */
export async function unpackLayout(archive: string, directory: string, signal?: AbortSignal): Promise<void> {
  const wrong = (reason: string) => fail('bad-layout', { path: archive, reason });
  const list = [
    'tar',
    '--list',
    '--verbose',
    '--numeric-owner',
    '--quoting-style=escape',
    '--force-local',
    '--file',
    archive,
  ];
  const { stdout } = await run(list, { signal }).catch(
    (cause: Error & { output?: string; code?: string }) => {
      if (cause.code === 'process/failed')
        throw fail(
          'bad-layout',
          { path: archive, reason: 'tar cannot read it.' },
          { cause, output: cause.output },
        );
      throw cause;
    },
  );
  const wanted = new Set<string>();
  const seen = new Set<string>();
  let bytes = 0;
  for (const line of stdout.split('\n').filter((l) => l !== '')) {
    const [, type, size, name] = LINE.exec(line) ?? [];
    if (type !== '-' && type !== 'd')
      throw wrong(`It holds something that is neither a file nor a directory: ${line}`);
    if (name === undefined || name.startsWith('/') || name.split('/').includes('..'))
      throw wrong(`It has a path that leads out of it: ${name}`);
    if (type === 'd' || !WANTED.test(name)) continue; // Others put further files beside; they stay in the archive.
    const plain = name.replace(/^(\.\/)*/, '');
    if (seen.has(plain)) throw wrong(`It holds ${plain} twice.`);
    seen.add(plain);
    wanted.add(name);
    bytes += Number(size);
  }
  await mkdir(directory, { recursive: true });
  const space = await statfs(directory);
  if (bytes > space.bavail * space.bsize) throw fail('no-space', { path: directory });
  if (wanted.size === 0) throw wrong('It holds no file of an image layout.');
  const names = join(directory, '.names');
  await writeFile(names, [...wanted].join('\n') + '\n');
  const harmless = [
    '--no-same-owner',
    '--no-same-permissions',
    '--no-xattrs',
    '--no-acls',
    '--no-selinux',
    '--no-recursion',
  ];
  const from = ['--verbatim-files-from', '--files-from', names];
  await run(
    ['tar', '--extract', '--force-local', '--file', archive, '--directory', directory, ...harmless, ...from],
    { signal },
  );
}
