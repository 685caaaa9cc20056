import { buildCommand } from '@stricli/core';
import type { LivenetType } from '../../../parameters/model.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, off, text, type Json } from '../../flags.ts';
import { create, newName, passwordFor, systemFlags, type SystemFlags } from '../create.ts';

interface Flags extends Json, SystemFlags {
  readonly type: Lowercase<LivenetType>;
  readonly size: string;
  readonly 'ssh-key'?: string;
  readonly selinux: boolean;
  readonly optimize: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Make a livenet image: an RPM system in the memory of nodes',
    fullDescription: describe(
      [
        'The flags are what the menu asks and what a parameters file says; see slipway build for those, and for recipes.',
        'Types: standard has the group core and all kernel modules, small has dnf, ssh and NetworkManager, core has ssh and little more.',
      ],
      [
        [
          'slipway livenet create livenet1 --kernel 4.18.0-305.el8.x86_64 --type core --size 700M --package gzip',
          'Ask for the password and make the image',
        ],
        [
          'slipway livenet create livenet2 --kernel 5.14.0-503.el9.x86_64 --size auto --password-stdin < hash',
          'As small as it can be, with a hashed password',
        ],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      ...systemFlags,
      type: {
        kind: 'enum',
        values: ['standard', 'small', 'core'],
        brief: 'What is in it',
        default: 'core',
      },
      size: {
        kind: 'parsed',
        parse: String,
        brief: 'Size of its root: 100M to 50000M, 1.5G, or auto for the least that fits',
        placeholder: 'size',
        default: 'auto',
      },
      'ssh-key': text('File with the public ssh keys of root', 'file'),
      selinux: off('Install and enforce the targeted policy'),
      optimize: off('Leave out what compute nodes seldom need'),
    },
    positional: newName,
  },
  async func(this: Context, flags: Flags, name: string) {
    await this.work({ reconcile: true });
    const { kernel, size, selinux, optimize, release, package: packages = [], 'ssh-key': sshKey } = flags;
    const type = ({ standard: 'STANDARD', small: 'SMALL', core: 'CORE' } as const)[flags.type];
    const password = await passwordFor(this, flags['password-stdin'], 'livenet create');
    await create(
      this,
      { kind: 'livenet', name, password, kernel, packages, release, type, size, sshKey, selinux, optimize },
      'livenet create',
    );
  },
});
