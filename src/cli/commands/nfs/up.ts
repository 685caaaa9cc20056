import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';

export default buildCommand({
  docs: {
    brief: 'Mount trees where the NFS server finds them, and export them',
    fullDescription:
      'After a restart of this host, before its NFS server starts: packaging/slipway-nfs.service does it. Removes what killed commands left. What is as it should be stays so.',
  },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    await using open = await openRegistry(this);
    const { up } = await import('../../../nfs/up.ts');
    const done = await up(open.installation, open.sink, open.signal, open.db);
    const { trees, nodes, state, mounted, removed } = done;
    this.result(
      done,
      () =>
        `${trees} shared trees, ${nodes} trees of nodes, ${state} directories of state: ${mounted} were not mounted${removed.length > 0 ? `, ${removed.length} leftovers are removed` : ''}\n`,
    );
  },
});
