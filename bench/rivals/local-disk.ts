/**
 * The same kernel and the same tree on a local disk: what a machine would have
 * that was installed instead of booted over the network. It has what an
 * installation leaves behind (machine-id, host keys, fstab, a network), so that
 * nothing of a first boot is measured, and says on its console when it is ready
 * by the same rule as Slipway's nodes.
 */
import { chmod, copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { Resolved } from '../../src/image/types.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { Sandbox } from '../../src/system/sandbox.ts';
import { workDirectory } from '../../src/system/workdir.ts';
import type { Bench } from '../row.ts';
import { call, dracutIn } from './by-hand.ts';

/** All paths are host paths. */
export interface LocalDisk {
  /** Kernel and initramfs are also on the disk, for GRUB. */
  kernel: string;
  initramfs: string;
  disk: string;
  /** Kernel command line. */
  arguments: string[];
}

/** What its console says at last. */
export const READY = 'bench-ready';

/** The order and the waiting of slipway-ready.service. */
const UNIT = `[Unit]
DefaultDependencies=no
After=multi-user.target
Conflicts=shutdown.target
Before=shutdown.target
[Service]
Type=exec
ExecStart=/bin/sh /etc/bench-ready.sh
[Install]
WantedBy=multi-user.target
`;
const SCRIPT = `for _ in $(seq 60); do
    [ -n "$(systemctl list-jobs --no-legend 2>/dev/null)" ] || break
    sleep 0.5
done
systemctl --failed --plain --no-legend >/dev/console
echo ${READY} >/dev/console
`;

/** What an installed system has in /etc. */
const INSTALLED: Record<string, string> = {
  'etc/fstab': '/dev/vda1 / ext4 defaults,noatime 0 0\n',
  'etc/hostname': 'test\n',
  'etc/systemd/network/10-wired.network':
    '[Match]\nType=ether\n[Network]\nDHCP=yes\n[Link]\nRequiredForOnline=yes\n',
  'etc/systemd/system/bench-ready.service': UNIT,
  'etc/bench-ready.sh': SCRIPT,
};

/** Bytes before the only partition: room for GRUB's core. */
const START = 1 << 20;

/** Makes the disk from the image's layers, and the initramfs by stock dracut in `bareTree`, which has the same kernel. */
export async function makeLocalDisk(
  bench: Bench,
  image: Resolved,
  root: string,
  bareTree: string,
): Promise<LocalDisk> {
  const paths = pathsUnder(root);
  const directory = join(bench.directory, 'disk');
  await mkdir(directory);
  const catalog = await Catalog.open(paths);
  const at = (name: string) => join(directory, name);
  const own = image.config.kernel?.arguments ?? [];
  const local = {
    kernel: at('kernel'),
    initramfs: at('initramfs'),
    disk: at('disk'),
    arguments: ['root=/dev/vda1', 'rw', ...own, 'console=ttyS0,115200'],
  };
  await copyFile(catalog.blobPath(image.kernel?.digest ?? ''), local.kernel);
  await copyFile(await dracutIn(bench, bareTree), local.initramfs);

  await using work = await workDirectory(paths, 'bench-disk');
  const lowers = image.config.layers.map(({ digest, format }) => ({
    blob: catalog.blobPath(digest),
    format,
  }));
  await using sandbox = await Sandbox.open(paths, work.path, lowers);
  await install(sandbox, local);
  await sandbox.namespace.run(['truncate', '--size=2G', local.disk]);
  await sandbox.namespace.run(['sfdisk', '--quiet', local.disk], {
    input: `label: dos\nstart=${START / 512}, type=83, bootable\n`,
  });
  const size = `${(2 * 1024 * 1024 * 1024 - START) / 1024}k`;
  await sandbox.namespace.run([
    'mke2fs',
    '-q',
    '-F',
    '-t',
    'ext4',
    '-m',
    '0',
    '-E',
    `offset=${START}`,
    '-d',
    sandbox.merged,
    local.disk,
    size,
  ]);
  await installGrub(bench, directory, local);
  return local;
}

/** Puts into the tree what an installation has and an image has not. */
async function install(sandbox: Sandbox, local: LocalDisk): Promise<void> {
  const id = (await sandbox.namespace.run(['systemd-id128', 'new'])).stdout;
  for (const [path, content] of Object.entries({ ...INSTALLED, 'etc/machine-id': id })) {
    await sandbox.makeDirectory(join('/', path, '..'));
    const file = await sandbox.path(`/${path}`);
    await writeFile(file, content);
    await chmod(file, 0o644);
  }
  const boot = await sandbox.makeDirectory('/boot');
  await copyFile(local.kernel, join(boot, 'bench-kernel'));
  await copyFile(local.initramfs, join(boot, 'bench-initramfs'));
  await sandbox.inside(['systemctl', 'enable', '--quiet', 'bench-ready.service']);
  await sandbox.inside(['ssh-keygen', '-A']);
}

/**
 * GRUB without menu and without a second file to look for: its core behind the boot record, with the
 * commands in it. boot.img looks for the core at sector 1, and keeps the partition table's 72 bytes free.
 */
async function installGrub(bench: Bench, directory: string, local: LocalDisk): Promise<void> {
  const [commands, core] = [join(directory, 'grub.cfg'), join(directory, 'core.img')];
  await writeFile(
    commands,
    [
      `set root=(hd0,msdos1)`,
      `linux /boot/bench-kernel ${local.arguments.join(' ')}`,
      'initrd /boot/bench-initramfs',
      'boot',
      '',
    ].join('\n'),
  );
  const modules = ['biosdisk', 'part_msdos', 'ext2', 'linux', 'boot'];
  await call(bench, [
    'grub-mkimage',
    '--format=i386-pc',
    `--output=${core}`,
    '--prefix=/boot/grub',
    `--config=${commands}`,
    ...modules,
  ]);
  const [record, image] = [await readFile('/usr/lib/grub/i386-pc/boot.img'), await readFile(core)];
  if (512 + image.length > START) throw new Error('GRUB’s core does not fit before the partition');
  await using disk = await open(local.disk, 'r+');
  await disk.write(record, 0, 440, 0);
  await disk.write(image, 0, image.length, 512);
}
