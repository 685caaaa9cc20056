import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageFlag, json, nodeArgument, off, whole, type Json } from '../../flags.ts';
import { withoutGone } from '../../render/gone.ts';
import { changeLine } from '../image/diff.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly all: boolean;
  readonly limit?: number;
}

export default buildCommand({
  docs: {
    brief: 'Show what a node changed in its tree',
    fullDescription: describe(
      [
        'Paths that differ from the generation that the tree stands on; of a directory that is gone the directory alone, --json has all. While the node is up it is as of now. Modification times do not count, and neither does what was only opened or changed back.',
        'What Slipway itself writes when the node boots is left out: host name, machine id, resolv.conf, files of the node.',
      ],
      [['slipway nfs diff n17 -i compute', 'What did n17 change?']],
    ),
  },
  parameters: {
    flags: {
      json,
      image: imageFlag('The image'),
      all: off('Also what Slipway writes at each boot'),
      limit: whole('Most files listed (default: 100000)', 'number', 1),
    },
    aliases: { i: 'image' },
    positional: { kind: 'tuple', parameters: [nodeArgument] },
  },
  async func(this: Context, { image, all, limit }: Flags, node: string) {
    const { nfsDiff } = await import('../../../operations/nfs/diff.ts');
    const asked = { image: someImage(image, 'nfs diff'), node, all, limit };
    const found = await this.call(nfsDiff, asked, { reconcile: true });
    this.result(found, (style) => {
      const { files, truncated, generation } = found;
      if (files.length === 0) return `${node} changed nothing of ${found.image}:${generation}\n`;
      const more = truncated ? [`  more than ${files.length} paths: raise --limit`] : [];
      const title = style.bold(`${node}, against ${found.image}:${generation}`);
      return `${[title, ...withoutGone(files).map((file) => changeLine(file, style)), ...more].join('\n')}\n`;
    });
  },
});
