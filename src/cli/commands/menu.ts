import { buildCommand } from '@stricli/core';
import { describe } from '../describe.ts';
import type { Context } from '../context.ts';
import { off } from '../flags.ts';

interface Flags {
  readonly info: boolean;
  readonly debug: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Make and keep images by an interactive menu',
    fullDescription: describe(
      [
        'The entries are those of disklessset, by which name the menu starts too.',
        'Choose by arrows, by a number, or by typing a part of the text. Ctrl-C leads back to the main menu from anywhere.',
        'Nothing is in the menu alone: after each action it shows the command that does the same.',
      ],
      [
        ['slipway menu', 'Start the menu'],
        ['disklessset -d', 'The same, and log lines with all that tools print'],
      ],
    ),
  },
  parameters: {
    flags: { info: off('Log what is done'), debug: off('Log also what tools print') },
    aliases: { i: 'info', d: 'debug' },
    positional: { kind: 'tuple', parameters: [] },
  },
  async func(this: Context, flags: Flags) {
    const [{ menu }, { loadInstallation }, remote] = [
      await import('../../menu/menu.ts'),
      await import('../../system/config.ts'),
      await this.remote(),
    ];
    if (remote) throw (await import('../remote/errors.ts')).fail('local-only', { command: 'slipway menu' });
    const installation = loadInstallation();
    const { modes } = installation.config;
    if (modes !== undefined) await (await import('../../modes/outside.ts')).loadOutsideModes(modes);
    this.exitCode = await menu(installation, flags.debug ? 'debug' : flags.info ? 'info' : undefined);
  },
});
