import type { HostSource } from '../../recipe/schema.ts';
import { toolOptions } from '../context.ts';
import { explain, LENIENT, lookAtHost } from '../host/machine.ts';
import { tidyHost } from '../host/tidy.ts';
import { sshAgent } from '../../system/ssh.ts';
import { requireTree } from './directory.ts';
import type { SourceKind } from './index.ts';

/** A root tree from a running machine, put in order so that any node can boot it. */
export const host: SourceKind<HostSource> = {
  title: (source) => `machine ${source.ssh ?? 'that this is'}`,
  async prepare(source, base, place, context, task) {
    const machine = await lookAtHost(source, base, place, context, task);
    return {
      inputs: { listing: machine.listing, architecture: machine.architecture },
      architecture: machine.architecture,
      date: machine.date,
      async run(sandbox, runTask) {
        const options = { ...toolOptions(context, runTask), ...LENIENT };
        await sandbox.namespace
          .run(machine.copy(sandbox.merged), { ...options, env: { ...options.env, ...sshAgent() } })
          .catch(explain(source, 'rsync', place));
        await requireTree(sandbox, source.ssh ?? 'this machine', place);
        const touched = await tidyHost(sandbox);
        if (touched.length > 0)
          context.options.sink({
            event: 'notice',
            level: 'info',
            message: `${touched.length} files that were bound to the machine were removed or changed`,
            lines: touched.slice(0, 20),
          });
      },
    };
  },
};
