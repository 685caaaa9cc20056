import { z } from 'zod';
import { bootsWith } from '../../node/assignment.ts';
import type { Edit } from '../../node/edit.ts';
import { changeNodes } from '../../node/registry.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { edit, NodeView } from './view.ts';

export const nodeChange = operation({
  name: 'node.change',
  method: 'PATCH',
  path: '/nodes',
  scope: 'operator',
  summary: 'Change settings of nodes; what is not named stays',
  input: z.strictObject({ nodes: Nodes, ...edit }),
  output: z.array(NodeView),
  async run({ db, catalog, actor, installation }, { nodes, ...change }) {
    const check = bootsWith(catalog, change.set ?? {}, installation);
    const { set, unset } = change;
    const summary =
      set === undefined && unset !== undefined
        ? `node unset ${nodes}: ${unset.map((path) => path.join('.')).join(', ')}`
        : undefined;
    return await changeNodes(db, nodes, change as Edit, { actor, check, summary });
  },
});
