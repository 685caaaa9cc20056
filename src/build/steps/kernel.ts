import type { Sandbox } from '../../system/sandbox.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { KernelStep } from '../../recipe/schema.ts';
import { DEFAULT_KERNEL, defaultKernel } from '../packages/default-kernel.ts';
import { managerFor } from '../packages/for-tree.ts';
import { requirePackages } from '../packages/require.ts';
import { toolOptions, type StepKind } from '../context.ts';
import { installPooled, pooledKey } from '../../kernels/install.ts';
import { completeModules, findKernels } from '../kernel.ts';
import { fail } from '../errors.ts';

/**
 * Installs the kernel that the image boots. The initramfs is made from the tree as it
 * stands after this step: what later steps change does not make it again.
 */
export const kernel: StepKind = {
  title(step) {
    const { package: name, pool, version } = kernelOf(step);
    return `kernel ${name ?? (pool && `${pool} of the pool`) ?? version ?? 'of the tree'}`;
  },
  async inputs(step, tree, context) {
    const { package: name, pool, version } = kernelOf(step);
    return {
      name,
      version,
      archive: name ? (await managerFor(tree, context, 'kernel')).state : undefined,
      ...(pool === undefined ? {} : { pool: await pooledKey(context.installation.paths, pool) }),
    };
  },
  async run(step, sandbox, tree, context, task) {
    const { package: name, pool } = kernelOf(step);
    if (pool !== undefined) await installPooled(sandbox, context, pool);
    if (name && !(name === DEFAULT_KERNEL && (await findKernels(sandbox)).length > 0)) {
      const manager = await managerFor(tree, context, task);
      const real = name === DEFAULT_KERNEL ? await defaultKernel(manager, sandbox) : name;
      await requirePackages(manager, [{ name: real, place: step.place }]);
      await manager.install(sandbox, { install: [real] }, context, task);
    }
    await completeModules(sandbox, toolOptions(context, task));
    await chosenKernel(step, sandbox);
  },
};

export function kernelOf(step: ResolvedStep): KernelStep {
  return (step.step as { kernel: KernelStep }).kernel;
}

/** Version and path (in the image) of the kernel that the step means. @throws `build/no-kernel`, `build/several-kernels` */
export async function chosenKernel(
  step: ResolvedStep,
  sandbox: Sandbox,
): Promise<{ version: string; path: string }> {
  const { version, pool } = kernelOf(step);
  const wanted = pool ?? version;
  const found = await findKernels(sandbox);
  const fitting = wanted === undefined ? found : found.filter((k) => k.version === wanted);
  if (fitting.length > 1)
    throw fail(
      'several-kernels',
      { versions: fitting.map((k) => k.version).join(', ') },
      { where: step.place },
    );
  const [one] = fitting;
  if (!one) throw fail('no-kernel', { detail: wanted ? `, version ${wanted}` : '' }, { where: step.place });
  return one;
}
