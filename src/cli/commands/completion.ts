import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';

export default buildCommand({
  docs: {
    brief: 'Print a completion script for a shell',
    fullDescription: [
      'Load it once:',
      '  bash   source <(slipway completion bash)',
      '  zsh    source <(slipway completion zsh)',
      '  fish   slipway completion fish | source',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'bash, zsh or fish',
          placeholder: 'SHELL',
          parse: shell,
          proposeCompletions: (partial: string) => SHELLS.filter((s) => s.startsWith(partial)),
        },
      ],
    },
  },
  async func(this: Context, _flags: object, name: Shell) {
    const { completionScript } = await import('../completion-scripts.ts');
    this.process.stdout.write(completionScript(name));
  },
});

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

function shell(input: string): Shell {
  const found = SHELLS.find((name) => name === input);
  if (!found) throw new SyntaxError(`must be one of ${SHELLS.join(', ')}, not ${JSON.stringify(input)}`);
  return found;
}
