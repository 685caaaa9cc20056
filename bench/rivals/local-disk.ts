/**
 * The same kernel and the same tree on a local disk: what a machine would have
 * that was installed instead of booted over the network. It has what an
 * installation leaves behind (machine-id, host keys, fstab, a network), so that
 * nothing of a first boot is measured, and says on its console when it is ready
 * by the same rule as Slipway's nodes.
 */
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import type { Resolved } from '../../src/image/types.ts';
import { findQemu } from '../../src/vm/firmware.ts';
import { probeAccelerator } from '../../src/vm/kvm-probe.ts';
import { acceleratorArguments, option } from '../../src/vm/qemu.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import { Sandbox } from '../../src/system/sandbox.ts';
import { workDirectory } from '../../src/system/workdir.ts';
import type { Bench } from '../row.ts';
import { dracutIn } from './by-hand.ts';

export interface LocalDisk {
  kernel: string;
  initramfs: string;
  disk: string;
  /** Kernel command line. */
  arguments: string[];
}

const READY = 'bench-ready';

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
  'etc/fstab': '/dev/vda / ext4 defaults,noatime 0 0\n',
  'etc/hostname': 'test\n',
  'etc/systemd/network/10-wired.network':
    '[Match]\nType=ether\n[Network]\nDHCP=yes\n[Link]\nRequiredForOnline=yes\n',
  'etc/systemd/system/bench-ready.service': UNIT,
  'etc/bench-ready.sh': SCRIPT,
};

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
  const [kernel, initramfs, disk] = ['kernel', 'initramfs', 'disk'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await copyFile(catalog.blobPath(image.kernel?.digest ?? ''), kernel);
  await copyFile(await dracutIn(bench, bareTree), initramfs);

  await using work = await workDirectory(paths, 'bench-disk');
  const lowers = image.config.layers.map(({ digest, format }) => ({
    blob: catalog.blobPath(digest),
    format,
  }));
  await using sandbox = await Sandbox.open(paths, work.path, lowers);
  const id = (await sandbox.namespace.run(['systemd-id128', 'new'])).stdout;
  for (const [path, content] of Object.entries({ ...INSTALLED, 'etc/machine-id': id })) {
    await sandbox.makeDirectory(join('/', path, '..'));
    const file = await sandbox.path(`/${path}`);
    await writeFile(file, content);
    await chmod(file, 0o644);
  }
  await sandbox.inside(['systemctl', 'enable', '--quiet', 'bench-ready.service']);
  await sandbox.inside(['ssh-keygen', '-A']);
  // Small and without a journal to replay: the fastest disk that it could have.
  await sandbox.namespace.run(['truncate', '--size=2G', disk]);
  await sandbox.namespace.run(['mke2fs', '-q', '-t', 'ext4', '-m', '0', '-d', sandbox.merged, disk]);
  const own = image.config.kernel?.arguments ?? [];
  return { kernel, initramfs, disk, arguments: ['root=/dev/vda', 'rw', ...own, 'console=ttyS0,115200'] };
}

export interface DiskBoot {
  /** From power-on to ready. */
  seconds: number;
  /** Units that failed. */
  failed: string[];
}

/** Boots it, and switches the machine off as soon as it is ready. */
export async function bootLocalDisk(
  bench: Bench,
  local: LocalDisk,
  root: string,
  memory: number,
): Promise<DiskBoot> {
  const program = await findQemu();
  const accelerator = await probeAccelerator(pathsUnder(root), program, local.kernel, bench.signal);
  const argv = [
    [
      program,
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-machine',
      'q35,graphics=off',
      ...acceleratorArguments(accelerator),
    ],
    ['-m', String(memory), '-smp', '2', '-display', 'none', '-monitor', 'none'],
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ['-kernel', local.kernel, '-initrd', local.initramfs, '-append', local.arguments.join(' ')],
    ['-drive', `file=${option(local.disk)},format=raw,if=virtio,cache=unsafe,snapshot=on`],
    ['-netdev', 'user,id=net0,restrict=on', '-device', 'virtio-net-pci,netdev=net0,romfile='],
    ['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
  ].flat();
  const lines: string[] = [];
  const ready = Promise.withResolvers<number>();
  const start = performance.now();
  const child = bench.namespace.start(argv, {
    signal: bench.signal,
    timeout: 300_000,
    onLine: (line) => {
      lines.push(line);
      if (line.includes(READY)) ready.resolve((performance.now() - start) / 1000);
    },
  });
  const ended = child.done.then(() =>
    Promise.reject(new Error(`the machine with a local disk ended:\n${lines.slice(-20).join('\n')}`)),
  );
  ended.catch(() => {});
  try {
    const seconds = await Promise.race([ready.promise, ended]);
    return { seconds, failed: lines.flatMap((line) => /(\S+\.\w+)\s+loaded\s+failed/.exec(line)?.[1] ?? []) };
  } finally {
    child.stop();
    await child.done.catch(() => {});
  }
}
