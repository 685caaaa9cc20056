/** A plan as it is shown, and as --json has it: without passwords or their hashes. */
import { diffOf, type DiffGroup } from '../node/diff.ts';
import { fold } from '../nodeset/fold.ts';
import type { Notice } from '../node/import/settle.ts';
import type { Applied } from './apply.ts';
import type { Kind } from './images.ts';
import type { Left } from './left.ts';
import type { Plan, PlannedKernel } from './plan.ts';

export interface PlanView {
  kernels: PlannedKernel[];
  images: {
    name: string;
    /** Name there. */
    source: string;
    kind: Kind;
    kernel: string | null;
    size: string | null;
    nodes: string | null;
    /** Nodes whose trees are taken over, as a node set. */
    trees: string | null;
    /** Where its content is. */
    content: string | null;
    /** Its content becomes a generation. */
    taken: boolean;
    recipe: { file: string; state: 'new' | 'there' | 'other' } | null;
  }[];
  /** Of the registry. */
  changes: DiffGroup[];
  notices: Notice[];
  warnings: string[];
  left: Left[];
  applied: Applied | null;
}

export function viewOf(plan: Plan, applied?: Applied): PlanView {
  const { kernels, images, registry, left } = plan;
  return {
    kernels,
    images: images.map(({ name, source, kind, written, tree, taken, nodeTrees, recipe }) => ({
      name,
      source,
      kind,
      kernel: written.kernel ?? null,
      size: written.size ?? null,
      nodes: written.nodes ?? null,
      trees: nodeTrees.length > 0 ? fold(nodeTrees.map(({ node }) => node)) : null,
      content: tree ? ('squashfs' in tree ? tree.squashfs : tree.directory) : null,
      taken,
      recipe: recipe ? { file: recipe.file, state: recipe.state } : null,
    })),
    changes: diffOf(registry.entries),
    notices: registry.notices,
    warnings: registry.warnings,
    left,
    applied: applied ?? null,
  };
}
