import { z } from 'zod';
import { setBoot } from '../../node/assignment.ts';
import { ImageRef, Mode, Nodes } from '../fields.ts';
import { NodeView } from '../node/view.ts';
import { operation } from '../operation.ts';

export const bootSet = operation({
  name: 'boot.set',
  method: 'POST',
  path: '/boot',
  scope: 'operator',
  summary: 'Say which image nodes boot, and in which mode',
  input: z.strictObject({ nodes: Nodes, image: ImageRef.optional(), mode: Mode.optional() }),
  output: z.array(NodeView),
  run: async ({ db, catalog, actor }, { nodes, ...assignment }) =>
    await setBoot(db, catalog, nodes, assignment, actor),
});
