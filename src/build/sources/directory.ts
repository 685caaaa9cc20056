import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Place } from '../../system/errors.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { run } from '../../system/process.ts';
import type { DirectorySource } from '../../recipe/schema.ts';
import { toolOptions } from '../context.ts';
import { fail } from '../errors.ts';
import { keyOf } from '../key.ts';
import type { SourceKind } from './index.ts';

/** A root tree that lies on this host. It is copied once; the copy is the layer. */
export const directory: SourceKind<DirectorySource> = {
  title: (source) => `directory ${source.path}`,

  async prepare(source, base, place, context) {
    const path = resolve(base, source.path);
    // Names, types, modes, owners, sizes, times: what rsync would compare too. Contents of unchanged times are not read again.
    const listing = await run(
      ['find', path, '-xdev', '-mindepth', '1', '-printf', '%P\\0%y%m %U:%G %s %T@ %C@ %l\\0'],
      { log: undefined, signal: context.options.signal, maxOutput: 1 << 30 },
    );
    const sorted = listing.stdout.split('\0').toSorted().join('\0');
    const times = listing.stdout.matchAll(/ (\d+)\.\d+ \d+\.\d+ /g);
    let date = 0;
    for (const [, seconds] of times) date = Math.max(date, Number(seconds));
    return {
      inputs: { listing: keyOf(sorted) },
      date,
      async run(sandbox, task) {
        // cp keeps hard links, xattrs, ACLs, capabilities and holes; --one-file-system leaves /proc and the like empty.
        const argv = [
          'cp',
          '--archive',
          '--one-file-system',
          '--sparse=auto',
          '--no-target-directory',
          path,
          sandbox.merged,
        ];
        await sandbox.namespace.run(argv, toolOptions(context, task));
        await requireTree(sandbox, path, place);
      },
    };
  },
};

/** @throws `build/empty-tree` */
export async function requireTree(sandbox: Sandbox, path: string, where: Place): Promise<void> {
  if (!(await lstat(await sandbox.path('/usr')).catch(() => undefined))?.isDirectory())
    throw fail('empty-tree', { path }, { where });
}
