import { z } from 'zod';
import { previewScript } from '../../boot/preview.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';

export const bootScript = operation({
  name: 'boot.script',
  method: 'GET',
  path: '/boot/:node/script',
  scope: 'reader',
  summary: 'Show the iPXE script that a node would get now',
  input: z.strictObject({ node: NodeName }),
  output: z.object({ node: z.string(), script: z.string() }),
  run: async ({ installation, db, catalog }, { node }) => ({
    node,
    script: await previewScript(installation, db, catalog, node),
  }),
});
