/** Whether virtual machines run at full speed here. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../image/catalog.ts';
import type { Paths } from '../system/paths.ts';
import { findQemu } from '../vm/firmware.ts';
import { hasKvmDevice, probeAccelerator } from '../vm/kvm-probe.ts';
import type { Check } from './types.ts';

const ABOUT = { id: 'kvm', area: 'boot', title: 'hardware virtualization' } as const;
const SLOWER = 'boot tests use software emulation: slower, but the same';

/** Boots a kernel under KVM, where there is one to boot: of an image in the catalog, or the host's own. */
export async function tryMachine(paths: Paths, signal?: AbortSignal): Promise<Check> {
  if (!(await hasKvmDevice()))
    return { ...ABOUT, state: 'limited', detail: `no access to /dev/kvm; ${SLOWER}` };
  try {
    const qemu = await findQemu();
    const kernel = (await catalogKernel(paths)) ?? (await hostKernel());
    if (!kernel)
      return { ...ABOUT, state: 'limited', detail: '/dev/kvm is there; the first boot test tries it' };
    const accelerator = await probeAccelerator(paths, qemu, kernel, signal);
    return accelerator.name === 'kvm'
      ? { ...ABOUT, state: 'ok', detail: accelerator.why }
      : { ...ABOUT, state: 'limited', detail: `${accelerator.why}; ${SLOWER}` };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...ABOUT, state: 'limited', detail: `could not be tried: ${(error as Error).message}` };
  }
}

async function catalogKernel(paths: Paths): Promise<string | undefined> {
  const catalog = await Catalog.open(paths);
  for (const { name, generation, state } of await catalog.generations()) {
    if (state !== 'ready') continue;
    const { kernel, config } = await catalog.resolve(`${name}:${generation}`);
    if (kernel && config.architecture === 'amd64') return catalog.blobPath(kernel.digest);
  }
  return undefined;
}

async function hostKernel(): Promise<string | undefined> {
  const names = await readdir('/boot').catch(() => [] as string[]);
  const newest = names
    .filter((name) => name.startsWith('vmlinuz-'))
    .toSorted()
    .at(-1);
  return newest && join('/boot', newest);
}
