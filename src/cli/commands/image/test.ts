import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, text, texts, whole, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { oneLine, seconds } from '../../render/text.ts';

interface Flags extends Json {
  readonly firmware?: 'bios' | 'uefi';
  readonly memory?: string;
  readonly mode?: string;
  readonly check?: readonly string[];
  readonly timeout?: number;
  readonly nodes?: number;
}

export default buildCommand({
  docs: {
    brief: 'Boot an image in a virtual machine until it reports ready',
    fullDescription: describe(
      [
        'The real server with DHCP and iPXE in a network of its own, and a virtual machine without a disk.',
        'Passes only when the node itself reports that it is ready and every check exits with 0. Exit code 1 otherwise.',
      ],
      [
        ['slipway image test compute', 'Boot the latest generation on BIOS firmware'],
        ['slipway image test compute --firmware uefi --memory 4G', 'On UEFI firmware, with more memory'],
        ["slipway image test compute --check 'systemctl is-active ssh'", 'Run a command in the node, too'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      firmware: {
        kind: 'enum',
        values: ['bios', 'uefi'],
        brief: 'Firmware of the machine (default: bios)',
        optional: true,
      },
      memory: text('Memory of the machine, such as 768M (default: 2G)', 'size'),
      mode: text('How the node gets its root (default: ram)', 'mode'),
      check: texts('Shell command that the node runs once it is up; may be given several times', 'command'),
      timeout: whole('Seconds from power-on to ready (default: 300)', 'seconds', 1, 86_400),
      nodes: whole('Machines that boot at once (default: 1)', 'number', 1, 64),
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, flags: Flags, ref: string) {
    const { installation, sink, signal } = await this.work({ reconcile: true });
    const { imageTest } = await import('../../../vm/image-test.ts');
    const { firmware, memory, mode, check, timeout, nodes } = flags;
    const serverCommand = [process.execPath, join(import.meta.dirname, '../../start.js')];
    const options = { firmware, memory, mode, checks: check, timeout, nodes };
    const tested = await imageTest(installation, ref, { serverCommand, sink, signal, ...options });
    if (tested.result === 'fail') this.exitCode = 1;
    this.result(tested, (style, columns) => {
      const stages = table(
        tested.stages,
        [
          { title: 'stage', value: (stage) => stage.name },
          { title: 'after', value: (stage) => seconds(stage.seconds), right: true },
        ],
        { style, columns, empty: 'no stage was reached' },
      );
      const verdict =
        tested.reason === undefined
          ? style.green(`${style.sign.done} PASS  ${ref} boots`)
          : style.red(`${style.sign.failed} FAIL  ${oneLine(tested.reason)}`);
      return `${stages}\n${verdict}\n  ${style.dim(`console: ${tested.console}`)}\n`;
    });
  },
});
