import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, off, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';
import { umountText } from './umount-text.ts';

interface Flags extends Json {
  readonly discard: boolean;
  readonly 'no-clean': boolean;
}

export default buildCommand({
  docs: {
    brief: 'Run a shell or a command in an image, and keep what it changes',
    fullDescription: describe(
      [
        'In namespaces of its own, with a clean environment and the network of this host. An image that is not mounted is mounted for it, and unmounted after it with a new generation if something was changed.',
        'Where the command fails nothing is published: the image stays mounted to be looked at. One that was mounted before stays so. The exit code is that of the command.',
      ],
      [
        ['slipway image shell compute', 'A login shell'],
        ['slipway image shell compute -- dnf -y install htop', 'One command'],
        ['slipway image shell compute --discard', 'Look around; nothing is kept'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      discard: off('Drop the changes, also when the command fails'),
      'no-clean': off('Take caches, logs and host keys along'),
    },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { ...imageArgument, brief: 'image, then -- and a command', placeholder: 'IMAGE' },
    },
  },
  async func(this: Context, flags: Flags, image: string, ...command: string[]) {
    const { installation, catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const [{ mountImage }, { runInside, finishShell }, { localActor }] = await Promise.all([
      import('../../../mounts/mount.ts'),
      import('../../../mounts/shell.ts'),
      import('../../../node/entry.ts'),
    ]);
    const mounted = await mountImage(catalog, image, { who: localActor().who, sink, signal });
    const terminal = process.env['TERM'];
    const inside = { command, terminal, errors: this.json, signal };
    const code = await this.aside(async () => await runInside(mounted, inside));
    signal.throwIfAborted();
    const { discard, 'no-clean': keepAll } = flags;
    const done = await finishShell(installation, catalog, mounted, code, { discard, keepAll, sink, signal });
    this.exitCode = code;
    this.result(done, () => {
      if (done.unmounted) return umountText(done.unmounted, discard);
      if (code === 0) return `${done.image} stays mounted at ${done.path}\n`;
      return `The command failed with exit code ${code}. Nothing was published: ${done.image} stays mounted at ${done.path}\n  keep  slipway image umount ${done.image}\n  drop  slipway image umount ${done.image} --discard\n`;
    });
  },
});
