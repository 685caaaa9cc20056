import { buildCommand } from '@stricli/core';
import type { Why } from '../../../boot/why.ts';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { json, nodeFlag, optionalNode, someNodes, type Json, type OneNode } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { facts } from '../../render/table.ts';
import { printable, seconds, when } from '../../render/text.ts';

export default buildCommand({
  docs: {
    brief: 'Say why a node is not ready: the stage, the cause, its last lines',
    fullDescription: describe(
      [
        'Names the stage where the newest boot is or failed, the class of the cause, what to do, and the last lines that the node sent.',
        'Exit code 0: the node is ready, or on its way and not late; 1: the boot failed or is overdue.',
      ],
      [['slipway boot why n17', 'What became of n17?']],
    ),
  },
  parameters: {
    flags: { json, nodes: nodeFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Json & OneNode, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'boot why');
    const { bootWhy } = await import('../../../operations/boot/why.ts');
    const why = await this.call(bootWhy, { node: name });
    if (why.state === 'failed' || why.state === 'overdue') this.exitCode = 1;
    this.result(why, (style) => whyText(why, style));
  },
});

function whyText(why: Why, style: Style): string {
  const { cause, usual, lines } = why;
  const ago = why.seconds === null ? '' : `, ${seconds(why.seconds)} ago`;
  const usually =
    usual &&
    `${seconds(usual.median)} in this stage, ${seconds(usual.longest)} at most (${usual.boots} boot${usual.boots > 1 ? 's' : ''})`;
  const head = facts(
    [
      ['node', why.node],
      ['state', why.state],
      ['image', why.image === null ? undefined : `${why.image}, ${why.mode}`],
      ['stage', why.stage === null ? 'never booted' : `${why.stage}${ago}`],
      ['since', why.since === null ? undefined : when(why.since)],
      ['usually', usually ?? undefined],
      ['overdue after', why.patience === null ? undefined : seconds(why.patience)],
      ['cause', cause ? `${cause.class}: ${cause.what}` : undefined],
      ['detail', cause?.detail ?? undefined],
      ['what to do', cause?.todo],
    ],
    style,
  );
  if (lines.length === 0 || (why.state === 'ready' && !cause)) return head;
  const said = lines.map(
    ({ source, line, authentic }) => `  ${style.dim(authentic ? source : `${source}?`)} ${printable(line)}\n`,
  );
  return `${head}\n${style.bold('Last lines of the node')}\n${said.join('')}${note(why, style)}`;
}

function note({ lines }: Why, style: Style): string {
  if (lines.every((line) => line.authentic)) return '';
  return style.dim('  ? came by UDP: whoever has the address of the node can send it\n');
}
