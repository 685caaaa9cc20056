import { buildCommand } from '@stricli/core';
import { fold } from '../../../nodeset/fold.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { imageFlag, json, nodesFlag, off, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { oneLine } from '../../render/text.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly image?: string;
  readonly keep: boolean;
  readonly drop: boolean;
  readonly 'dry-run': boolean;
  readonly list: boolean;
  readonly force: boolean;
}

/** Conflicts that are shown of one node. */
const SHOWN = 20;

export default buildCommand({
  docs: {
    brief: 'Move trees of nodes to another generation of their image',
    fullDescription: describe(
      [
        'What a node changed stays, unless --drop is given. Where both the node and the new generation changed a path, that of the node stays, and the path is listed. What a node only touched gives way to what is new.',
        'Each node has its old tree or the new one, whenever the command is killed. Nodes that run from their tree, as far as the boot server and the NFS server know, are refused.',
      ],
      [
        ['slipway nfs refresh -n c[001-100] -i compute', 'To the latest generation'],
        ['slipway nfs refresh -n @rack1 -i compute:7 --list', 'Only say which paths both changed'],
        ['slipway nfs refresh -n c17 -i compute --drop', 'As if it had been added today'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: nodesFlag,
      image: imageFlag('The image; IMAGE:GENERATION for another one than the latest'),
      keep: off('Keep what the nodes changed: the default'),
      drop: off('Drop what the nodes changed'),
      'dry-run': off('Only say what would be done'),
      list: off('The same as --dry-run'),
      force: off('Also of nodes that run: they lose their root, and what they write from now on'),
    },
    aliases: { n: 'nodes', i: 'image' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const { keep, drop, force } = flags;
    if (keep && drop)
      throw fail('usage', { message: 'Changes are kept or dropped', help: 'slipway nfs refresh --help' });
    const nodes = someNodes(flags.nodes, positional, 'nfs refresh');
    const image = someImage(flags.image, 'nfs refresh');
    const { nfsRefresh } = await import('../../../operations/nfs/refresh.ts');
    const dryRun = flags['dry-run'] || flags.list;
    const asked = { image, nodes, drop, dry_run: dryRun, force };
    const done = await this.call(nfsRefresh, asked, { reconcile: true });
    this.result(done, (style) => {
      const label = `${done.image.name}:${done.image.generation}`;
      const [still, moved] = [
        done.nodes.filter((one) => one.already),
        done.nodes.filter((one) => !one.already),
      ];
      const names = (some: typeof done.nodes) => fold(some.map(({ node }) => node));
      const lines: string[] = [];
      if (still.length > 0) lines.push(`${names(still)}: on ${label} already, left alone`);
      if (moved.length > 0) {
        const kept = drop ? 'without what they changed' : 'with what they changed';
        lines.push(`${names(moved)}: ${dryRun ? 'would be' : 'now'} on ${label}, ${kept}`);
      }
      for (const { node, conflicts } of done.nodes) {
        if (conflicts.length === 0) continue;
        lines.push(style.yellow(`${node}: changed by the node and by ${label}; the node's stay`));
        lines.push(...conflicts.slice(0, SHOWN).map((path) => `  ${oneLine(path)}`));
        if (conflicts.length > SHOWN) lines.push(`  and ${conflicts.length - SHOWN} more: --json has all`);
      }
      return `${lines.join('\n')}\n`;
    });
  },
});
