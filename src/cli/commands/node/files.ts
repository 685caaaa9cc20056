import { buildCommand } from '@stricli/core';
import type { FileView } from '../../../files/inspect.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, nodeFlag, off, optionalNode, someNodes, text, type Json, type OneNode } from '../../flags.ts';
import { openFiles } from '../../open.ts';
import { table } from '../../render/table.ts';
import { bytes, shortDigest } from '../../render/text.ts';

interface Flags extends Json, OneNode {
  readonly render?: string;
  readonly 'show-secrets': boolean;
}

export default buildCommand({
  docs: {
    brief: 'Show the files that a node gets besides its image',
    fullDescription: 'As they would be at its next boot. --render prints the content of one of them.',
  },
  parameters: {
    flags: {
      json,
      nodes: nodeFlag,
      render: text('Print what the node gets at this path', 'path'),
      'show-secrets': off('Let --render print a secret; root only'),
    },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'node files');
    const wanted = flags['show-secrets'];
    if (wanted && process.getuid?.() !== 0)
      throw fail('usage', { message: 'Only root may see secrets', help: 'sudo slipway node files …' });
    const { nodeFile, nodeFileList } = await import('../../../operations/files/files.ts');
    if (flags.render === undefined) {
      const views = await this.call(nodeFileList, { node: name });
      this.result(views, (style, columns) => listing(views, style, columns));
      return;
    }
    const file = wanted
      ? await withSecrets(this, name, flags.render)
      : await this.call(nodeFile, { node: name, path: flags.render });
    const content = Buffer.from(file.content, 'base64');
    if (this.json) this.result(file, () => '');
    else this.process.stdout.write(process.stdout.isTTY ? await forTerminal(content) : (content as never));
  },
});

/** Secrets do not travel: this works on the server itself only. */
async function withSecrets(context: Context, node: string, path: string) {
  await using open = await openFiles(context);
  const { nodeFiles, shownFile, viewOf } = await import('../../../files/inspect.ts');
  const file = shownFile(await nodeFiles(open.files, open.catalog, open.db, node), node, path, true);
  const content = file.content ?? Buffer.from(file.target === undefined ? '' : `${file.target}\n`);
  return { ...viewOf(file), content: content.toString('base64') };
}

/** What files hold never moves the cursor. */
async function forTerminal(content: Buffer): Promise<string> {
  const { printable } = await import('../../render/text.ts');
  return content.toString().split('\n').map(printable).join('\n');
}

function listing(
  views: readonly FileView[],
  style: Parameters<typeof table>[2]['style'],
  columns?: number,
): string {
  return table(
    views,
    [
      { title: 'path', value: (f) => f.path },
      { title: 'kind', value: (f) => (f.secret ? 'secret' : f.kind) },
      { title: 'source', value: (f) => f.source },
      { title: 'mode', value: (f) => (f.kind === 'file' ? f.mode : '') },
      { title: 'owner', value: (f) => (f.kind === 'file' ? `${f.owner}:${f.group}` : '') },
      { title: 'size', value: (f) => (f.kind === 'file' ? bytes(f.size) : ''), right: true },
      {
        title: 'digest',
        value: (f) => (f.kind === 'file' ? shortDigest(f.digest) : (f.target ?? '')),
        shrink: true,
      },
      { title: 'refresh', value: (f) => (f.refresh ? `yes ${f.run ?? ''}`.trim() : '') },
      { title: 'only with', value: (f) => f.within },
    ],
    { style, columns, empty: 'It gets none. Give it one: slipway file set PATH --from FILE -n NODE' },
  );
}
