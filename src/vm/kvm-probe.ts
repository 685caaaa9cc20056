/**
 * Whether a kernel really boots under KVM here. Hosts exist where /dev/kvm can
 * be opened and no kernel gets past its first instructions, so the device says
 * nothing: the probe boots the very kernel that is to be tested, with an init
 * that prints one line.
 */
import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import { run } from '../system/process.ts';
import { SlipwayError } from '../system/errors.ts';
import { workDirectory } from '../system/workdir.ts';
import { acceleratorArguments, type Accelerator } from './qemu.ts';
import { PROBE_MARKER, probeInitramfs } from './probe-init.ts';

/** Milliseconds. A kernel under KVM is there in one second. */
const LIMIT = 6000;

/**
 * Finds the accelerator for `qemu`, with `kernel` (a bzImage) as the guest. The
 * answer is kept in the cache until the host boots again or gets another QEMU;
 * a first probe takes at most 6 s.
 */
export async function probeAccelerator(
  paths: Paths,
  qemu: string,
  kernel: string,
  signal?: AbortSignal,
): Promise<Accelerator> {
  if (!(await hasKvmDevice())) return { name: 'tcg', why: 'no access to /dev/kvm' };
  const host = await hostKey(qemu, signal);
  const file = join(paths.cache, 'vm', 'kvm-probe.json');
  const kept = await readKept(file);
  // That one kernel did not boot says little about another; that one did says all.
  if (kept?.host === host && (kept.accelerator.name === 'kvm' || kept.kernel === kernel))
    return kept.accelerator;
  const accelerator = await bootUnderKvm(paths, qemu, kernel, signal);
  await writeDurably(file, `${JSON.stringify({ host, kernel, accelerator } satisfies Kept)}\n`);
  return accelerator;
}

/** Whether the device may be opened, which says nothing about whether a kernel boots. */
export async function hasKvmDevice(): Promise<boolean> {
  return await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function hostKey(qemu: string, signal?: AbortSignal): Promise<string> {
  const version = (await run([qemu, '--version'], { signal })).stdout.split('\n')[0] ?? '';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return [release(), qemu, version, boot.trim()].join(' | ');
}

const Kept = z.object({
  host: z.string(),
  /** The guest: path of a blob, which has its digest as name. */
  kernel: z.string(),
  accelerator: z.object({ name: z.enum(['kvm', 'tcg']), why: z.string() }),
});
type Kept = z.infer<typeof Kept>;

async function readKept(file: string): Promise<Kept | undefined> {
  try {
    return Kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // None yet, or broken: the probe is asked again.
  }
}

async function bootUnderKvm(
  paths: Paths,
  qemu: string,
  kernel: string,
  signal?: AbortSignal,
): Promise<Accelerator> {
  await using work = await workDirectory(paths, 'kvm-probe');
  const initramfs = join(work.path, 'initramfs');
  await writeFile(initramfs, probeInitramfs());
  try {
    const argv = probeArguments(qemu, { name: 'kvm', why: '' }, kernel, initramfs);
    const { stdout } = await run(argv, { signal, timeout: LIMIT });
    if (stdout.includes(PROBE_MARKER)) return { name: 'kvm', why: 'a kernel booted under KVM' };
    return refused('the machine ended early');
  } catch (error) {
    if (!(error instanceof SlipwayError) || signal?.aborted) throw error;
    return refused(error.message);
  }
}

const refused = (how: string): Accelerator => ({
  name: 'tcg',
  why: `no kernel boots under /dev/kvm here: ${how}`,
});

/** A machine without any device but its console, which ends when the guest reboots. */
export function probeArguments(
  qemu: string,
  accelerator: Accelerator,
  kernel: string,
  initramfs: string,
): string[] {
  return [
    [qemu],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-machine', 'q35,graphics=off'],
    acceleratorArguments(accelerator),
    ['-m', '256', '-smp', '1', '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
    ['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 panic=-1 quiet'],
  ].flat();
}
