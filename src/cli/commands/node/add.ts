import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { nodesArgument, text } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { nodeTable, settingFlags, settingsOf, type SettingFlags } from './settings.ts';

interface Flags extends SettingFlags {
  readonly image?: string;
  readonly mode?: string;
}

export default buildCommand({
  docs: { brief: 'Add nodes to the registry' },
  parameters: {
    flags: {
      ...settingFlags,
      image: text('Image to boot, as slipway boot set -i', 'image'),
      mode: text('Mode to boot it in, as slipway boot set --mode', 'mode'),
    },
    aliases: { i: 'image' },
    positional: { kind: 'tuple', parameters: [nodesArgument] },
  },
  async func(this: Context, flags: Flags, nodes: string) {
    await using open = await openCatalogAndRegistry(this);
    const [{ addNodes, removeNodes }, { setBoot }] = await Promise.all([
      import('../../../node/registry.ts'),
      import('../../../node/assignment.ts'),
    ]);
    const { image, mode } = flags;
    let added = await addNodes(open.db, nodes, settingsOf(flags));
    if (image !== undefined || mode !== undefined)
      try {
        added = await setBoot(open.db, open.catalog, nodes, { image, mode });
      } catch (error) {
        await removeNodes(open.db, nodes); // All or nothing: an image that cannot be booted leaves no half-made node.
        throw error;
      }
    this.result(added, (style, columns) => nodeTable(added, style, columns));
  },
});
