import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, kernelArgument, off, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';
import { foldedGenerations } from '../../render/generations.ts';

interface Flags extends Json {
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Remove a kernel from the pool',
    fullDescription:
      'Refuses one that images have, unless --force is given. Images have their own copy of their kernel, modules and initramfs: nothing that boots is broken by it.',
  },
  parameters: {
    flags: { json, force: off('Also one that images have') },
    positional: { kind: 'tuple', parameters: [kernelArgument] },
  },
  async func(this: Context, { force }: Flags, version: string) {
    const { catalog, signal } = await openCatalog(this, { reconcile: true });
    const { removeKernel } = await import('../../../kernels/remove.ts');
    const removed = await removeKernel(version, catalog, force, signal);
    const kept =
      removed.images.length > 0 ? `; its own copy stays in ${foldedGenerations(removed.images)}` : '';
    this.result(removed, () => `removed ${version}${kept}\n`);
  },
});
