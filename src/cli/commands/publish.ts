import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { imageArgument, json, modeFlag, text, texts, whole, type Json } from '../flags.ts';
import { bytes } from '../render/text.ts';

interface Flags extends Json {
  readonly mode: string;
  readonly size?: string;
  readonly filesystem?: 'ext4' | 'xfs';
  readonly writable?: 'all' | 'tables';
  readonly state?: 'none' | 'nfs' | 'local';
  readonly to?: readonly string[];
  readonly keep?: number;
}

export default buildCommand({
  docs: {
    brief: 'Make what a mode needs, so that nodes can boot an image in it',
    fullDescription: describe(
      [
        'Mode livenet needs a file system of a fixed size inside a squashfs, and an initramfs of its own; modes nfs and readonly a tree of the generation for the NFS server. Mode ram needs nothing made. What was made stays until slipway unpublish; published again in another way, the new takes its place at once.',
        'With --to the tree of mode readonly is also copied to other NFS servers, by rsync over ssh, and nodes mount it from there: they are spread over these servers, and each tries the others if its own does not answer. An interrupted push goes on with the same command. What the servers must export is said at the end.',
      ],
      [
        [
          'slipway publish compute:7 --mode livenet',
          'Of the size of the image, else the least that fits plus 100 MiB',
        ],
        ['slipway publish compute:7 --mode livenet --size 1.5G --filesystem xfs', 'As disklessset makes it'],
        [
          'slipway publish compute --mode readonly --to root@nfs1:/srv/nodes --to root@nfs2:/srv/nodes --keep 2',
          'One tree for all nodes, on two servers; of older generations one stays',
        ],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      mode: { ...modeFlag('Mode, such as livenet'), optional: false },
      size: text(
        'livenet: size of the root: 1500M, 1.5G or auto (default: that of the image, else auto)',
        'size',
      ),
      filesystem: {
        kind: 'enum',
        values: ['ext4', 'xfs'],
        brief: 'livenet: file system of the root (default: ext4)',
        optional: true,
      },
      writable: {
        kind: 'enum',
        values: ['all', 'tables'],
        brief: 'readonly: everything in memory, or what rwtab and statetab name (default: by the image)',
        optional: true,
      },
      state: {
        kind: 'enum',
        values: ['none', 'nfs', 'local'],
        brief: 'readonly: where nodes keep state (default: as the image has it)',
        optional: true,
      },
      to: texts(
        'readonly: NFS server to copy the tree to, [USER@]HOST:/PATH[,ADDRESS[:/EXPORT]]; may be given again',
        'server',
      ),
      keep: whole(
        'Leave only this many generations of the image published in the mode, and those that nodes boot',
        'count',
        1,
        1000,
      ),
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
    aliases: { m: 'mode' },
  },
  async func(this: Context, flags: Flags, image: string) {
    const { mode, size, filesystem, writable, state, to, keep } = flags;
    const { publicationAdd } = await import('../../operations/publication/publish.ts');
    const done = await this.call(
      publicationAdd,
      { image, mode, size, filesystem, writable, state, to: to && [...to], keep },
      { reconcile: true },
    );
    this.result(done, () => {
      const label = `${done.image.name}:${done.image.generation}`;
      if (!done.publication) return `mode ${done.mode} needs nothing made: nodes can boot ${label} in it\n`;
      const { blobs, options: made } = done.publication;
      const { private: layer, ...others } = blobs;
      const parts = Object.entries(others).map(([role, part]) => `${role} ${bytes(part.size)}`);
      if (parts.length === 0) parts.push(`a tree of ${bytes(Number(made['bytes'] ?? 0))}`);
      if (layer)
        parts.push(
          `${String(made['files'])} files that are private, ${bytes(layer.size)} in each node's memory`,
        );
      if (typeof made['servers'] === 'string') parts.push(`on ${made['servers'].split(' ').join(', ')}`);
      return `${label} is published in mode ${done.mode}: ${parts.join(', ')}${done.cached ? '; it was already' : ''}\n`;
    });
  },
});
