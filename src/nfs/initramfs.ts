/** Whether an image's initramfs can have its root on NFS: those that older versions of Slipway made cannot. */
import { fail } from '../boot/errors.ts';
import { LayerStore } from '../build/layer-store.ts';
import { openParent } from '../build/parent.ts';
import { Catalog } from '../image/catalog.ts';
import type { Digest, Generation } from '../image/types.ts';
import { initramfsNames } from '../initramfs/names.ts';
import type { Installation } from '../system/config.ts';
import { readInRoot } from '../system/in-root.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';

/** The part of our initramfs that mounts NFS. */
const SCRIPT = 'usr/lib/slipway/nfs.sh';
/** Bytes; that of a distribution has some 20 kB. */
const LIMIT = 1 << 20;

/** Nodes ask at each boot; what a digest names stays as it is. */
const passed = new Set<string>();

/** @throws SlipwayError `boot/unbootable` */
export async function checkNfsInitramfs(
  mode: string,
  { name, generation, digest }: Pick<Generation, 'name' | 'generation' | 'digest'>,
  { paths, config }: Installation,
  signal?: AbortSignal,
): Promise<void> {
  const protocol = config.nfs.version === '3' ? 'nfsv3' : 'nfsv4';
  const key = `${digest} ${protocol}`;
  if (passed.has(key)) return;
  const refuse = (reason: string, todo: string) =>
    fail('unbootable', { image: `${name}:${generation}`, mode, reason, todo });
  const catalog = await Catalog.open(paths);
  const image = await catalog.resolve(`${name}:${generation}`);
  const found = await initramfsNames(catalog.blobPath(image.initramfs?.digest ?? ''), signal);
  if (!found?.has(SCRIPT))
    throw refuse(
      'its initramfs cannot mount NFS: an older version of Slipway made it',
      'Build the image again: nothing but its initramfs changes.',
    );
  const files = [...found];
  const wanted = ['nfs', protocol].filter((one) => !files.some((file) => file.includes(`/fs/nfs/${one}.ko`)));
  if (wanted.length > 0) {
    const builtin = await builtinModules(catalog, digest, image.config.kernel?.version ?? '');
    const missing = wanted.filter((one) => !builtin.has(`kernel/fs/nfs/${one}.ko`));
    if (missing.length > 0)
      throw refuse(
        `its kernel has no NFS client: ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
        'Take another kernel, such as that of the distribution: slipway image set-kernel; or another mode.',
      );
  }
  passed.add(key);
}

/** What is no module because it is in the kernel: `modules.builtin`, Documentation/kbuild/kbuild.rst of Linux. */
async function builtinModules(
  catalog: Catalog,
  digest: Digest,
  version: string,
): Promise<ReadonlySet<string>> {
  const { paths } = catalog;
  const { tree } = await openParent(digest, catalog, new LayerStore(paths));
  await using work = await workDirectory(paths, 'builtin');
  await using sandbox = await Sandbox.open(paths, work.path, tree.lowers, false);
  const text = await readInRoot(sandbox.root, `/lib/modules/${version}/modules.builtin`, LIMIT);
  return new Set(text?.toString('latin1').split('\n'));
}
