import { buildCommand } from '@stricli/core';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { json, nodeFlag, optionalNode, someNodes, text, type Json, type OneNode } from '../../flags.ts';
import { printable } from '../../render/text.ts';

interface Flags extends Json, OneNode {
  readonly session?: string;
}

export default buildCommand({
  docs: {
    brief: 'Print what a node said while it booted',
    fullDescription: describe(
      [
        'Kernel and initramfs of the newest boot, bounded: the last 1000 lines of each source. dmesg and boot.log came with the token of the session;',
        'syslog and netconsole came by UDP, which whoever has the address of the node can send.',
      ],
      [['slipway boot log n1', 'What n1 said in its last boot']],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: nodeFlag,
      session: text('An earlier boot, as slipway boot history --json names it', 'session'),
    },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'boot log');
    const { bootLogOf } = await import('../../../operations/boot/history.ts');
    const lines = await this.call(bootLogOf, { node: name, session: flags.session });
    this.result(lines, (style) =>
      lines.length === 0
        ? `${name} sent no lines in this boot.\n`
        : lines
            .map((one) => `${style.dim(`${one.at.slice(11, 19)} ${one.source}`)} ${printable(one.line)}\n`)
            .join(''),
    );
  },
});
