import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

export default buildCommand({
  docs: {
    brief: 'Mount an image on this host, so that it can be changed',
    fullDescription: describe(
      [
        'It stays mounted when the command ends, and nodes go on booting it as it is: slipway image umount makes a new generation of the changes.',
        'Below the directory that is told there are mnt, the tree, and inventory, a directory for ansible-playbook -i. One that is mounted already is told again; after a restart of the host it is mounted again with its changes.',
      ],
      [
        ['slipway image mount compute', 'The latest generation'],
        ['slipway image mount compute:7', 'An older one'],
      ],
    ),
  },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [imageArgument] } },
  async func(this: Context, _flags: Json, image: string) {
    const { catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const [{ mountImage }, { localActor }] = await Promise.all([
      import('../../../mounts/mount.ts'),
      import('../../../node/entry.ts'),
    ]);
    const mounted = await mountImage(catalog, image, { who: localActor().who, sink, signal });
    this.result(mounted, () => {
      const { image: name, generation, path, inventory, already, resumed } = mounted;
      const how = already
        ? 'is mounted already'
        : resumed
          ? 'is mounted again, with its changes'
          : 'is mounted';
      return `${name}:${generation} ${how}\n  tree       ${path}\n  inventory  ${inventory}\n  finish     slipway image umount ${name}\n`;
    });
  },
});
