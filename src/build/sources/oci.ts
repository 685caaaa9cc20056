import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OciSource } from '../../recipe/schema.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { toolOptions } from '../context.ts';
import { fetchImage, lookAtImage } from '../oci/image.ts';
import { requireTree } from './directory.ts';
import type { SourceKind } from './index.ts';

/** A root tree from a container image: of a registry, a layout or an archive. */
export const oci: SourceKind<OciSource> = {
  title: (source) => `container image ${source.image}`,
  async prepare(source, base, place, context, task) {
    const seen = await lookAtImage(source, base, place, context, task);
    const created = Math.floor(Date.parse(seen.created ?? '') / 1000);
    return {
      inputs: { image: source.image, digest: seen.digest, architecture: seen.architecture },
      architecture: seen.architecture,
      date: created > 0 ? created : 0,
      async run(sandbox, runTask) {
        const layout = await fetchImage(source, base, place, seen, context, runTask);
        const argv = ['umoci', 'raw', 'unpack', '--image', `${layout}:image`, sandbox.merged];
        await sandbox.namespace.run(argv, toolOptions(context, runTask));
        await removeContainerTraces(sandbox);
        await requireTree(sandbox, source.image, place);
      },
    };
  },
};

/**
 * What images for containers have and nodes must not: `docker-clean` empties the package cache that is
 * lent to the tree, `policy-rc.d` keeps services from starting, the others say that this is a container.
 */
const TRACES = ['/.dockerenv', '/run/.containerenv', '/usr/sbin/policy-rc.d'];

async function removeContainerTraces(sandbox: Sandbox): Promise<void> {
  for (const path of TRACES) await rm(await sandbox.path(path, false), { force: true });
  const directory = await sandbox.path('/etc/apt/apt.conf.d');
  if (!(await lstat(directory).catch(() => undefined))?.isDirectory()) return;
  for (const name of await readdir(directory))
    if (name.startsWith('docker-')) await rm(join(directory, name), { force: true });
}
