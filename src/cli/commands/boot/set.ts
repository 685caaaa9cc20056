import { buildCommand } from '@stricli/core';
import { fold } from '../../../nodeset/fold.ts';
import type { Node } from '../../../node/node.ts';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import {
  imageFlag,
  json,
  modeFlag,
  nodesFlag,
  optionalNodes,
  someNodes,
  text,
  type Json,
} from '../../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly image?: string;
  readonly mode?: string;
  readonly boot?: string;
}

export default buildCommand({
  docs: {
    brief: 'Say which image nodes boot, and in which mode',
    fullDescription: describe(
      [
        'A tag is looked up at each boot: with compute:latest nodes get what is built last. Nodes that run now are not touched.',
      ],
      [['slipway boot set -n n1,n2 -i compute:stable --mode ram', 'Both boot compute:stable from RAM']],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: nodesFlag,
      image: imageFlag('Image: name, name:tag, name:generation or sha256:…'),
      mode: modeFlag('Mode: ram (default), nfs, readonly, livenet or demo'),
      boot: text('Instead of the image: disk, next, or a target of the configuration', 'target'),
    },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
    aliases: { n: 'nodes', i: 'image' },
  },
  async func(this: Context, { nodes: flag, image, mode, boot }: Flags, positional?: string) {
    const nodes = someNodes(flag, positional, 'boot set');
    if (image === undefined && mode === undefined && boot === undefined)
      throw fail('usage', {
        message: 'Nothing to set: give --image, --mode or --boot',
        help: 'slipway boot set --help',
      });
    const { bootSet } = await import('../../../operations/boot/set.ts');
    const changed = await this.call(bootSet, { nodes, image, mode, boot });
    this.result(changed, () =>
      [...Map.groupBy(changed, whatOf)]
        .map(
          ([what, some]) =>
            `${fold(some.map(({ name }) => name))} ${some.length === 1 ? 'boots' : 'boot'} ${what}\n`,
        )
        .join(''),
    );
  },
});

const whatOf = ({ boot = 'image', image, mode = 'ram' }: Pick<Node, 'boot' | 'image' | 'mode'>) =>
  boot === 'image' ? `${image} in mode ${mode}` : boot;
