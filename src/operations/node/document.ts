import { z } from 'zod';
import { tagOf } from '../../node/canonical.ts';
import { fail } from '../../node/errors.ts';
import { expandNodes } from '../../node/expand.ts';
import { readOwn } from '../../node/node.ts';
import { editNodes } from '../../node/registry.ts';
import { NodeSchema, type NodeDocument } from '../../node/schema.ts';
import type { Db } from '../../db/database.ts';
import { checkName } from '../../system/names.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';
import { Settings } from './view.ts';

const Document = z.object({ name: z.string(), document: z.object(NodeSchema.shape) });

export const nodeDocument = operation({
  name: 'node.document',
  method: 'GET',
  path: '/nodes/:node/document',
  scope: 'reader',
  summary: 'Show what is said of a node itself, without its groups and profiles',
  input: z.strictObject({ node: NodeName }),
  output: Document,
  etag: ({ document }) => tagOf(document),
  run: async ({ db }, { node }) => await own(db, node),
});

export const nodeReplace = operation({
  name: 'node.replace',
  method: 'PUT',
  path: '/nodes/:node/document',
  scope: 'operator',
  summary: 'Replace what is said of a node itself',
  input: z.strictObject({ node: NodeName, document: Settings }),
  output: Document,
  etag: ({ document }) => tagOf(document),
  async run({ db, actor }, { node, document }) {
    checkName('Node', node);
    await editNodes(db, node, `node replace ${node}`, () => document as NodeDocument, actor);
    return await own(db, node);
  },
});

async function own(db: Db, node: string): Promise<z.input<typeof Document>> {
  checkName('Node', node);
  const [found] = await readOwn(
    db,
    (await expandNodes(db, node)).map((one) => one.id),
  );
  if (!found) throw fail('unknown', { names: node, near: '' });
  return { name: found.name, document: found.document };
}
