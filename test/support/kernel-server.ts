import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelServer } from '../../src/nfs/exports/kernel.ts';

/** A stand-in for the kernel's NFS server, with its tables in `directory`. */
export function kernelServer(directory: string): KernelServer & {
  /** `CLIENT:PATH` of all that is exported. */
  exported(): string[];
  /** Lines of an administrator in a file of their own. */
  administrator(text: string): void;
} {
  mkdirSync(join(directory, 'exports.d'), { recursive: true });
  const exportfs = join(directory, 'exportfs');
  const script = join(import.meta.dirname, 'exportfs.ts');
  writeFileSync(exportfs, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${directory}' "$@"\n`);
  chmodSync(exportfs, 0o755);
  const etab = join(directory, 'etab');
  writeFileSync(etab, '');
  return {
    directory: join(directory, 'exports.d'),
    exportfs,
    exported: () =>
      readFileSync(etab, 'utf8')
        .split('\n')
        .flatMap((line) => {
          const [, path, client] = /^(\S+) {2}([^(]+)\(/.exec(line) ?? [];
          return path === undefined ? [] : [`${client}:${path}`];
        }),
    administrator: (text) => writeFileSync(join(directory, 'exports.d/admin.exports'), text),
  };
}
