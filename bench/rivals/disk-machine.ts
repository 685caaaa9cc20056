/** A virtual machine with a local disk. */
import { findQemu } from '../../src/vm/firmware.ts';
import { probeAccelerator } from '../../src/vm/kvm-probe.ts';
import { acceleratorArguments, option } from '../../src/vm/qemu.ts';
import { pathsUnder } from '../../src/system/paths.ts';
import type { Bench } from '../row.ts';
import { READY, type LocalDisk } from './local-disk.ts';

export interface DiskBoot {
  /** From power-on to ready. */
  seconds: number;
  /** Units that failed. */
  failed: string[];
}

/** Boots it by its own GRUB, or with kernel and initramfs handed over by QEMU, and switches the machine off as soon as it is ready. */
export async function bootLocalDisk(
  bench: Bench,
  local: LocalDisk,
  root: string,
  memory: number,
  loader: 'grub' | 'none',
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
    loader === 'grub'
      ? []
      : ['-kernel', local.kernel, '-initrd', local.initramfs, '-append', local.arguments.join(' ')],
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
