import { z } from 'zod';
import { explainNode } from '../../node/explain.ts';
import { showNode } from '../../node/registry.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView } from './view.ts';

export const nodeShow = operation({
  name: 'node.show',
  method: 'GET',
  path: '/nodes/:node',
  scope: 'reader',
  summary: 'Show one node, with what holds for it',
  input: z.strictObject({ node: NodeName }),
  output: NodeView,
  run: async ({ db }, { node }) => await showNode(db, node),
});

export const nodeExplain = operation({
  name: 'node.explain',
  method: 'GET',
  path: '/nodes/:node/explain',
  scope: 'reader',
  summary: 'Show what holds for a node, and where each value comes from',
  input: z.strictObject({ node: NodeName }),
  output: z.object({
    node: z.string(),
    values: z.array(
      z.object({
        path: z.string(),
        value: z.unknown().describe('Null: it was taken away'),
        source: z.string().describe('node, group:NAME, profile:NAME or default'),
        was: z.unknown().optional().describe('What was taken away'),
      }),
    ),
  }),
  async run({ db }, { node }) {
    const { values } = await explainNode(db, node);
    return { node, values };
  },
});
