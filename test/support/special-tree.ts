/** A small tree with everything that a file system must carry, and links that point out of it; packed as a layer. */
import { chmod, chown, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../src/image/catalog.ts';
import type { Generation } from '../../src/image/types.ts';
import { run } from '../../src/system/process.ts';

/** What `stat`, `getfattr` and `getcap` must say of it, a line each: see {@link lookAt}. */
export const EXPECTED = [
  'hard links 2 2 same',
  'suid 6711 12:34 pale',
  'shadow -> SECRET',
  'vmlinuz -> SECRET',
  'capable cap_net_raw=ep',
  'directory 1777 65534:5',
  'sparse 3145728',
  'pipe fifo',
  'top 755 0:0',
];

/** Shell script that prints {@link EXPECTED} of the tree in which it runs; `secret` is the target of the hostile links. */
export const LOOK = `
same=different
[ "$(stat -c %i etc/hard1)" != "$(stat -c %i etc/hard2)" ] || same=same
echo "hard links $(stat -c %h etc/hard1) $(stat -c %h etc/hard2) $same"
echo "suid $(stat -c '%a %u:%g' etc/suid) $(getfattr --only-values -n user.colour etc/suid)"
echo "shadow -> $(readlink etc/shadow)"
echo "vmlinuz -> $(readlink boot/vmlinuz)"
echo "capable $(getcap etc/capable | sed 's/.* //')"
echo "directory $(stat -c '%a %u:%g' etc/shared)"
echo "sparse $(stat -c %s etc/sparse)"
echo "pipe $(stat -c %F etc/pipe)"
echo "top $(stat -c '%a %u:%g' .)"
`;

export interface SpecialOptions {
  name?: string;
  bytes?: number;
  size?: number;
  /** Changes the tree before it is packed. */
  more?: (tree: string) => Promise<void>;
  /** Packed so, since squashfs has no ACLs. */
  erofs?: boolean;
  initramfs?: string | Uint8Array;
}

/** Publishes an image `name` of one layer with such a tree. Its kernel boots nothing. @param bytes of noise besides */
export async function publishSpecial(
  catalog: Catalog,
  work: string,
  secret: string,
  {
    name = 'special',
    bytes = 100_000,
    size,
    more,
    erofs = false,
    initramfs = 'initramfs',
  }: SpecialOptions = {},
): Promise<Generation> {
  const tree = join(work, 'tree');
  const at = (path: string) => join(tree, path);
  for (const directory of ['etc/shared', 'boot', 'usr/bin', 'sbin'])
    await mkdir(at(directory), { recursive: true });
  await writeFile(at('etc/hard1'), 'hard');
  await link(at('etc/hard1'), at('etc/hard2'));
  await writeFile(at('etc/suid'), 'suid');
  await chown(at('etc/suid'), 12, 34);
  await chmod(at('etc/suid'), 0o6711);
  await run(['setfattr', '-n', 'user.colour', '-v', 'pale', at('etc/suid')]);
  await writeFile(at('etc/capable'), 'capable');
  await run(['setcap', 'cap_net_raw+ep', at('etc/capable')]);
  await chown(at('etc/shared'), 65_534, 5);
  await chmod(at('etc/shared'), 0o1777);
  await symlink(secret, at('etc/shadow'));
  await symlink(secret, at('boot/vmlinuz'));
  await run(['truncate', '--size', '3M', at('etc/sparse')]);
  await run(['mkfifo', at('etc/pipe')]);
  await writeFile(at('usr/bin/noise'), Buffer.alloc(bytes, 'noise'));
  await more?.(tree);
  const file = join(work, 'layer');
  const squashfs = ['mksquashfs', tree, file, '-quiet', '-no-progress', '-noappend', '-comp', 'gzip'];
  await run(erofs ? ['mkfs.erofs', '--quiet', file, tree] : squashfs);
  const layer = await catalog.adoptBlob(file);
  return await catalog.publish({
    config: {
      name,
      os: 'linux',
      architecture: 'amd64',
      date: '2026-01-01T00:00:00Z',
      layers: [
        { ...layer, format: erofs ? 'erofs' : 'squashfs', title: 'special', key: '', unpacked: bytes },
      ],
      kernel: { version: '6.1.0', arguments: [], modules: [] },
      packages: [],
      system: {},
      ...(size !== undefined && { size, used: bytes }),
    },
    kernel: await catalog.putBlob('kernel'),
    initramfs: await catalog.putBlob(initramfs),
  });
}
