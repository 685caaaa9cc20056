import { z } from 'zod';
import { checkTarget } from '../../boot/target.ts';
import { setBoot } from '../../node/assignment.ts';
import { SettingsSchema } from '../../node/schema.ts';
import { ImageRef, Mode, Name, Nodes } from '../fields.ts';
import { NodeView } from '../node/view.ts';
import { operation } from '../operation.ts';

export const bootSet = operation({
  name: 'boot.set',
  method: 'POST',
  path: '/boot',
  scope: 'operator',
  summary: 'Say which image nodes boot, and in which mode',
  input: z.strictObject({
    nodes: Nodes,
    image: ImageRef.optional(),
    mode: Mode.optional(),
    boot: Name.optional().describe('image, disk, next, or a target of the configuration'),
    ipxe: SettingsSchema.shape.ipxe,
  }),
  output: z.array(NodeView),
  run: async ({ db, catalog, actor, installation }, { nodes, ...assignment }) => {
    if (assignment.boot !== undefined) checkTarget(installation.config, assignment.boot);
    return await setBoot(db, catalog, nodes, assignment, actor, installation);
  },
});
