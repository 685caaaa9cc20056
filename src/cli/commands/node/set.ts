import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { nodesArgument } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { nodeTable, settingFlags, settingsOf, type SettingFlags } from './settings.ts';

export default buildCommand({
  docs: {
    brief: 'Change nodes',
    fullDescription:
      'What is not named stays. --mac and --argument replace all that the node has. Image and mode: slipway boot set.',
  },
  parameters: { flags: settingFlags, positional: { kind: 'tuple', parameters: [nodesArgument] } },
  async func(this: Context, flags: SettingFlags, nodes: string) {
    const settings = settingsOf(flags);
    if (Object.keys(settings).length === 0)
      throw fail('usage', { message: 'Nothing to set', help: 'slipway node set --help' });
    await using open = await openRegistry(this);
    const { setNodes } = await import('../../../node/registry.ts');
    const changed = await setNodes(open.db, nodes, settings);
    this.result(changed, (style, columns) => nodeTable(changed, style, columns));
  },
});
