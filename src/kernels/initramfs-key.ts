import { hashTree, keyOf } from '../build/key.ts';
import { dracutCommand } from '../initramfs/dracut-command.ts';
import { layered } from '../initramfs/kinds.ts';
import type { PoolKernel } from './entry.ts';

/** Over all that must be the same for an initramfs to be used again: the kernel, its modules, our dracut module and how it is called. */
export async function initramfsKey(kernel: PoolKernel, modules: readonly string[]): Promise<string> {
  const { version } = kernel;
  return keyOf(
    'kernel-initramfs',
    kernel.vmlinuz.digest,
    kernel.modules.content,
    await Promise.all(Object.values(layered.shown).map((path) => hashTree(path))),
    dracutCommand({ kind: layered, version, load: modules, modules: layered.modules, output: '' }),
  );
}

/** Whether the pool's initramfs of `kernel` is up to date and loads at least `modules`. */
export async function fits(kernel: PoolKernel, modules: readonly string[]): Promise<boolean> {
  const { initramfs } = kernel;
  if (!initramfs || !modules.every((name) => initramfs.modules.includes(name))) return false;
  return initramfs.key === (await initramfsKey(kernel, initramfs.modules));
}
