import { buildCommand } from '@stricli/core';
import type { Unsettable } from '../../../node/registry.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, nodesArgument, off, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { nodeTable } from './settings.ts';

const FIELDS = {
  mac: 'macs',
  argument: 'arguments',
  address: 'address',
  image: 'image',
  mode: 'mode',
} as const satisfies Record<string, Unsettable>;
type Field = keyof typeof FIELDS;
type Flags = Json & Readonly<Record<Field, boolean>>;

export default buildCommand({
  docs: { brief: 'Take settings of nodes away' },
  parameters: {
    flags: {
      json,
      mac: off('All MAC addresses'),
      argument: off('All kernel arguments'),
      address: off('The reserved address'),
      image: off('The image: the node then boots as an unknown one does'),
      mode: off('The mode: back to the default'),
    },
    positional: { kind: 'tuple', parameters: [nodesArgument] },
  },
  async func(this: Context, flags: Flags, nodes: string) {
    const fields = (Object.keys(FIELDS) as Field[]).filter((name) => flags[name]).map((name) => FIELDS[name]);
    if (fields.length === 0)
      throw fail('usage', { message: 'Nothing to unset', help: 'slipway node unset --help' });
    await using open = await openRegistry(this);
    const { unsetNodes } = await import('../../../node/registry.ts');
    const changed = await unsetNodes(open.db, nodes, fields);
    this.result(changed, (style, columns) => nodeTable(changed, style, columns));
  },
});
