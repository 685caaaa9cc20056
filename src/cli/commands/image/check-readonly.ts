import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { oneLine } from '../../render/text.ts';

interface Flags extends Json {
  readonly state?: 'none' | 'nfs' | 'local';
}

export default buildCommand({
  docs: {
    brief: 'Name paths that services of an image write to, and no line of its rwtab or statetab',
    fullDescription: describe(
      [
        'For mode readonly with writable parts by tables. Looked at are the units that start, tmpfiles.d, and directories below /var that belong to users of services; nothing is run, so a service that writes elsewhere without saying so is not found. Exit code 1 when anything is found.',
      ],
      [['slipway image check-readonly compute', 'Each line that it prints can go into /etc/rwtab.d']],
    ),
  },
  parameters: {
    flags: {
      json,
      state: {
        kind: 'enum',
        values: ['none', 'nfs', 'local'],
        brief: 'Where state is kept: with none statetab does not count (default: as published)',
        optional: true,
      },
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, { state }: Flags, image: string) {
    const { imageCheckReadonly } = await import('../../../operations/image/check-readonly.ts');
    const found = await this.call(imageCheckReadonly, { image, state });
    if (found.uncovered.length > 0) this.exitCode = 1;
    this.result(found, (style) => {
      const lines = found.uncovered.flatMap(({ line, by, there }) => [
        `# ${oneLine(by.join(', '))}${there ? '' : ': the image has no such path; make it there first'}`,
        oneLine(line),
      ]);
      for (const { file, line, text, reason } of found.idle)
        lines.push(`# ${oneLine(file)}:${line}: ${oneLine(text)} does nothing: ${reason}`);
      if (found.files.length === 0) lines.push("# The image has no tables: Slipway's own are used");
      if (found.uncovered.length === 0) lines.push(style.green(`${style.sign.done} nothing is missing`));
      return `${lines.join('\n')}\n`;
    });
  },
});
