import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, off, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Unmount all trees from where the NFS server finds them',
    fullDescription:
      'Stop the NFS server first: it holds what its clients use. Nothing is removed; slipway nfs up mounts everything again.',
  },
  parameters: {
    flags: { json, force: off('Also what is in use: who uses it goes on alone') },
  },
  async func(this: Context, { force }: Flags) {
    const { installation } = await this.work();
    const { down } = await import('../../../nfs/up.ts');
    const done = await down(installation, { force });
    this.result(done, () => `${done.unmounted} mount points are unmounted\n`);
  },
});
