import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ArchiveSource } from '../../recipe/schema.ts';
import { toolOptions } from '../context.ts';
import { fail } from '../errors.ts';
import { hashFile } from '../key.ts';
import { requireTree } from './directory.ts';
import type { SourceKind } from './index.ts';

/** A root tree from a tar file. tar runs in the sandbox's namespace and refuses absolute names and `..` by itself. */
export const archive: SourceKind<ArchiveSource> = {
  title: (source) => `archive ${source.path}`,

  async prepare(source, base, place, context) {
    const path = resolve(base, source.path);
    const actual = await hashFile(path);
    if (source.sha256 && source.sha256 !== actual)
      throw fail('archive-digest', { path, actual }, { where: place });
    return {
      inputs: { content: actual, strip: source.strip },
      date: Math.floor((await stat(path)).mtimeMs / 1000),
      async run(sandbox, task) {
        const argv = [
          'tar', '--extract', '--file', path, '--directory', sandbox.merged, '--numeric-owner', '--same-owner', '--same-permissions',
          '--xattrs', '--xattrs-include=*', '--acls', '--selinux', `--strip-components=${source.strip}`, '--exclude=./dev/*', '--exclude=dev/*',
        ]; // prettier-ignore
        await sandbox.namespace.run(argv, toolOptions(context, task));
        await requireTree(sandbox, path, place);
      },
    };
  },
};
