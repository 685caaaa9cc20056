/** The disk that a server boots from, and what starts it: made of an image, kept in the tests' cache as long as that is the same. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cpio, type CpioEntry } from '../../../src/boot/cpio.ts';
import { Catalog } from '../../../src/image/catalog.ts';
import { loadInstallation } from '../../../src/system/config.ts';
import { Sandbox } from '../../../src/system/sandbox.ts';
import { workDirectory } from '../../../src/system/workdir.ts';
import { cache, type CachedImage } from '../image-cache.ts';

export interface RootDisk {
  /** ext4, to be used as the backing file of another. */
  disk: string;
  kernel: string;
  /** Initramfs that mounts the disk whose serial is `root`; {@link laidOver} is to follow it. */
  initramfs: string;
}

/** What an ext4 on a virtio disk needs. */
const MODULES = ['virtio_pci', 'virtio_blk', 'ext4'];

/** Where {@link laidOver} puts files for {@link INIT}. */
const OVER = 'over';

const INIT = `#!/bin/busybox sh
set -e
b=/bin/busybox
trap '$b echo "server: cannot start"; $b poweroff -f' EXIT
$b mkdir -p /proc /sys /dev /sysroot
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do $b insmod "/modules/$module"; done
for disk in /sys/block/vd*; do
  [ "$($b cat "$disk/serial")" != root ] || root=/dev/\${disk##*/}
done
$b mount -t ext4 "$root" /sysroot
$b cp -a /${OVER}/. /sysroot/
$b umount /proc /sys
$b mount --move /dev /sysroot/dev
trap - EXIT
exec $b switch_root /sysroot /sbin/init
`;

export async function rootDisk(image: CachedImage): Promise<RootDisk> {
  const installation = loadInstallation(image.root);
  const catalog = await Catalog.open(installation.paths);
  const resolved = await catalog.resolve(image.ref);
  // One of each image
  const all = join(cache, resolved.generation.name);
  const name = resolved.generation.digest.slice('sha256:'.length);
  const at = (directory: string): RootDisk => ({
    disk: join(directory, 'root.ext4'),
    kernel: join(directory, 'vmlinuz'),
    initramfs: join(directory, 'initramfs'),
  });
  const kept = at(join(all, name));
  if (existsSync(kept.initramfs)) return kept;

  await mkdir(all, { recursive: true });
  for (const old of await readdir(all)) await rm(join(all, old), { recursive: true, force: true });
  const made = await mkdtemp(join(all, 'new-'));
  const files = at(made);
  const lowers = resolved.config.layers.map(({ digest, format }) => ({
    blob: catalog.blobPath(digest),
    format,
  }));
  await using work = await workDirectory(installation.paths, 'nfs-server');
  await using sandbox = await Sandbox.open(installation.paths, work.path, lowers, false);
  const { namespace, merged } = sandbox;
  // What the server keeps is on another disk: this one needs room for the tree, logs and caches.
  await namespace.run(['mke2fs', '-q', '-t', 'ext4', '-m', '0', '-d', merged, files.disk, '2G']);
  await copyFile(catalog.blobPath(resolved.kernel?.digest ?? ''), files.kernel);

  const modules: CpioEntry[] = [];
  const show = ['modprobe', '--show-depends', '-d', merged, '-S', resolved.config.kernel?.version ?? ''];
  for (const module of MODULES)
    for (const line of (await namespace.run([...show, module])).stdout.split('\n')) {
      const [, path] = /^insmod (\S+)/.exec(line) ?? [];
      if (path === undefined || modules.some((one) => one.path.endsWith(`/${basename(path)}`))) continue;
      const content = await readFile(`/proc/${namespace.pid}/root${path}`);
      modules.push({ path: `modules/${basename(path)}`, mode: 0o644, content });
    }
  const order = modules.map((one) => basename(one.path)).join('\n');
  const entries = [
    { path: 'init', mode: 0o755, content: INIT },
    { path: 'bin', mode: 0o755 },
    { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    { path: OVER, mode: 0o755 },
    { path: 'modules', mode: 0o755 },
    { path: 'modules/order', mode: 0o644, content: order },
    ...modules,
  ];
  await writeFile(files.initramfs, cpio(entries));
  await rename(made, join(all, name));
  return kept;
}

/** A further archive for the initramfs: files that the root gets when it starts, by path without the first slash. */
export function laidOver(files: Record<string, { content: string; mode?: number }>): Buffer {
  const directories = new Set<string>();
  for (const path of Object.keys(files))
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      directories.add(path.slice(0, at));
  return cpio([
    ...[...directories].toSorted().map((path) => ({ path: `${OVER}/${path}`, mode: 0o755 })),
    ...Object.entries(files).map(([path, { content, mode }]) => ({
      path: `${OVER}/${path}`,
      mode: mode ?? 0o644,
      content,
    })),
  ]);
}
