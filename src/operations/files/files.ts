import { z } from 'zod';
import { siteSecret } from '../../boot/keys.ts';
import { explainPath } from '../../files/explain.ts';
import { nodeFiles, shownFile, viewOf } from '../../files/inspect.ts';
import { filesContext } from '../../files/context.ts';
import { showNode } from '../../node/registry.ts';
import type { Engine } from '../engine.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';

const File = z.object({
  path: z.string(),
  kind: z.enum(['file', 'link', 'absent']),
  mode: z.string(),
  owner: z.string(),
  group: z.string(),
  source: z.string().describe('node, group:NAME, profile:NAME or default'),
  digest: z.string().describe('Of the content; of a secret one that tells nothing of it'),
  size: z.number(),
  secret: z.boolean(),
  refresh: z.boolean(),
  run: z.string().optional(),
  target: z.string().optional(),
  within: z.string().optional(),
});

const path = z.string().min(1).max(1000).describe('Absolute path on the node');

export const nodeFileList = operation({
  name: 'node.files',
  method: 'GET',
  path: '/nodes/:node/files',
  scope: 'reader',
  summary: 'List the files that a node gets besides its image',
  input: z.strictObject({ node: NodeName }),
  output: z.array(File),
  run: async (engine, { node }) => (await filesOf(engine, node)).map(viewOf),
});

export const nodeFile = operation({
  name: 'node.file',
  method: 'GET',
  path: '/nodes/:node/file',
  scope: 'operator',
  summary: 'Show what a node gets at a path; never a secret',
  input: z.strictObject({ node: NodeName, path }),
  output: File.extend({ content: z.base64().describe('Of a file') }),
  async run(engine, { node, path: wanted }) {
    const file = shownFile(await filesOf(engine, node), node, wanted, false);
    const content = file.content ?? Buffer.from(file.target === undefined ? '' : `${file.target}\n`);
    return { ...viewOf(file), content: content.toString('base64') };
  },
});

const Origin = z.union([
  z.object({ from: z.literal('node'), source: z.string(), digest: z.string().optional() }),
  z.object({ from: z.literal('boot'), what: z.string() }),
  z.object({
    from: z.literal('image'),
    layer: z.number(),
    of: z.number(),
    title: z.string(),
    digest: z.string(),
  }),
]);

export const nodeFileExplain = operation({
  name: 'node.file-origin',
  method: 'GET',
  path: '/nodes/:node/file/origin',
  // It mounts the image.
  scope: 'operator',
  summary: 'Say where a file of a node comes from',
  input: z.strictObject({ node: NodeName, path }),
  output: z.object({
    node: z.string(),
    links: z.array(z.object({ path: z.string(), target: z.string(), origin: Origin })),
    path: z.string(),
    type: z.enum(['file', 'directory', 'other', 'nothing']),
    origin: Origin.optional(),
    hides: Origin.optional(),
    mode: z.string().optional(),
    owner: z.string().optional(),
    size: z.number().optional(),
  }),
  async run(engine, { node: name, path: wanted }) {
    const { db, catalog, signal } = engine;
    const { image: ref } = await showNode(db, name);
    const image = ref === undefined ? undefined : await catalog.resolve(ref);
    const found = await explainPath(catalog, image, await filesOf(engine, name), wanted, signal);
    return { node: name, ...found };
  },
});

async function filesOf({ db, catalog, installation, sink }: Engine, node: string) {
  const context = filesContext(db, await siteSecret(installation.paths, { db, sink }));
  return await nodeFiles(context, catalog, db, node);
}
