import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, off, text, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { planText } from '../../render/bluebanquise.ts';

interface Flags extends Json {
  readonly apply: boolean;
  readonly trees: boolean;
  readonly update: boolean;
  readonly nfs?: string;
  readonly inventory?: string;
  readonly recipes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Take over an installation of BlueBanquise: images, kernels, nodes and what they boot',
    fullDescription: describe(
      [
        'DIR is the directory preboot_execution_environment of its web server, or diskless in it. Nothing in it is changed.',
        'Without --apply it only shows what would become what, and names all that cannot be taken over, with the reason.',
        'Images become recipes to build them anew; with --trees their content is taken over as it is, too. Done again, it goes on where it stopped.',
      ],
      [
        ['slipway import bluebanquise /var/www/html/preboot_execution_environment', 'Only show'],
        [
          'slipway import bluebanquise --apply --trees /var/www/html/preboot_execution_environment',
          'Do it, with the content of images',
        ],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      apply: off('Do it'),
      trees: off('Take over the content of images as it is'),
      update: off('Change nodes, groups, profiles and recipes that are there'),
      nfs: text('Directory with staging and golden trees (default: /diskless/images/nfsimages)', 'dir'),
      inventory: text('Ansible inventory with MAC addresses and groups of nodes', 'dir'),
      recipes: text('Where recipes go (default: those of the configuration)', 'dir'),
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'installation to take over', placeholder: 'DIR', parse: String }],
    },
  },
  async func(this: Context, flags: Flags, directory: string) {
    await using open = await openCatalogAndRegistry(this, { reconcile: flags.apply });
    const [{ planBlueBanquise }, { viewOf }] = [
      await import('../../../bluebanquise/plan.ts'),
      await import('../../../bluebanquise/view.ts'),
    ];
    const { nfs, inventory, recipes, trees, update } = flags;
    const plan = await planBlueBanquise(open, { directory, nfs, inventory, recipes, trees, update });
    if (!flags.apply) {
      const view = viewOf(plan);
      return this.result(view, (style) => planText(view, style));
    }
    const { applyBlueBanquise } = await import('../../../bluebanquise/apply.ts');
    const applied = await applyBlueBanquise(plan, { ...open, update });
    if (applied.failed.length > 0) this.exitCode = 1;
    const view = viewOf(plan, applied);
    return this.result(view, (style) => planText(view, style));
  },
});
