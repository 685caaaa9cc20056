import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { create, newName, passwordFor, systemFlags, type SystemFlags } from '../create.ts';

interface Flags extends Json, SystemFlags {}

export default buildCommand({
  docs: {
    brief: 'Make an NFS staging image: an RPM system from which golden images are made',
    fullDescription:
      'The flags are what the menu asks and what a parameters file says. It has the group core and the additional packages.',
  },
  parameters: { flags: { json, ...systemFlags }, positional: newName },
  async func(this: Context, flags: Flags, name: string) {
    await this.work({ reconcile: true });
    const { kernel, release, package: packages = [] } = flags;
    const password = await passwordFor(this, flags['password-stdin'], 'nfs staging');
    await create(this, { kind: 'nfs-staging', name, password, kernel, packages, release }, 'nfs staging');
  },
});
