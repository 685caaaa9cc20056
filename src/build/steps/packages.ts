import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { PackagesStep } from '../../recipe/schema.ts';
import type { StepKind } from '../context.ts';
import { managerFor } from '../packages/for-tree.ts';
import { requirePackages } from '../packages/require.ts';
import { few } from './title.ts';

/** Installs and removes packages with the image's own package manager. */
export const packages: StepKind = {
  title(step) {
    const { install, remove } = body(step);
    return `packages ${few([...install, ...remove.map((n) => `-${n}`)], 5)}`;
  },
  async inputs(step, tree, context) {
    const manager = await managerFor(tree, context, 'packages');
    return { ...body(step), archive: manager.state };
  },
  async run(step, sandbox, tree, context, task) {
    const { install, remove, recommends } = body(step);
    const manager = await managerFor(tree, context, task);
    await requirePackages(
      manager,
      install.map((name) => ({ name, place: step.place })),
    );
    await manager.install(sandbox, { install, remove, recommends }, context, task);
  },
};

function body(step: ResolvedStep): PackagesStep {
  return (step.step as { packages: PackagesStep }).packages;
}
