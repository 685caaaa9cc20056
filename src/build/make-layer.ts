/** Runs one source or step in a sandbox and keeps what it wrote as a layer. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../system/errors.ts';
import { run } from '../system/process.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Clean } from '../recipe/schema.ts';
import { attributeNames } from './attribute-names.ts';
import { cleanTree } from './clean.ts';
import type { WorkContext, Tree } from './context.ts';
import { fail } from './errors.ts';
import type { LayerStore, StoredLayer } from './layer-store.ts';
import { packageIdentity } from './packages/for-tree.ts';
import { Labels } from './selinux/label.ts';
import type { Selinux } from './selinux/policy.ts';

export interface LayerWork {
  key: string;
  title: string;
  /** Undefined for a source. */
  tree?: Tree;
  /** What is cleaned before the layer is kept; none for a throw-away layer, of which nothing is packed. */
  clean?: Clean;
  /** Labels for the layer, and the policy that the tree below is labelled for. */
  selinux?: { wanted: Selinux; below?: string };
  epoch: number;
  run: (sandbox: Sandbox, task: string) => Promise<void>;
}

/** The layer is usable, not yet sealed. @throws SlipwayError of the step, or `build/disk-full` */
export async function makeLayer(
  work: LayerWork,
  task: string,
  store: LayerStore,
  context: WorkContext,
): Promise<StoredLayer> {
  const { paths } = context.installation;
  await using directory = await workDirectory(paths, 'layer');
  try {
    let packageConfig: string | undefined;
    let upper: string;
    let labels: Labels | undefined;
    {
      await using sandbox = await Sandbox.open(paths, directory.path, work.tree?.lowers ?? []);
      upper = sandbox.upper;
      const { selinux } = work;
      if (selinux) labels = await Labels.open(sandbox, selinux.wanted, selinux.below, context);
      await work.run(sandbox, task);
      context.options.signal?.throwIfAborted();
      if (work.clean) await cleanTree(sandbox, work.clean, work.tree === undefined, work.epoch);
      await labels?.inTree(sandbox, work.tree !== undefined);
      packageConfig = await packageIdentity(sandbox);
    }
    // The overlay is unmounted now: what follows changes the upper directory itself.
    await labels?.inLayer(upper);
    if (work.clean?.logs) await dropLogAcls(upper);
    const acls = work.clean !== undefined && (await normalize(upper, work.epoch, context.options.signal));
    const size = work.clean ? await contentSize(upper) : 0;
    const empty = (await readdir(upper)).length === 0;
    return await store.adopt(upper, {
      key: work.key, title: work.title, parent: work.tree?.key ?? '', size, empty, acls, packageConfig, epoch: work.epoch,
    }); // prettier-ignore
  } catch (error) {
    throw diskFull(error)
      ? fail('disk-full', { path: paths.state }, { cause: error, output: (error as SlipwayError).output })
      : error;
  }
}

/** ENOSPC, from us or in the words of a tool. */
export function diskFull(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true;
  return (
    error instanceof SlipwayError &&
    /No space left on device|ENOSPC/i.test(`${error.message}\n${error.output ?? ''}`)
  );
}

/**
 * /var/log/journal gets ACLs from systemd-tmpfiles at each boot anyway; left in the tree
 * they would keep the whole layer from being a squashfs.
 */
export async function dropLogAcls(upper: string): Promise<void> {
  const directory = join(upper, 'var/log');
  for (const path of [join(upper, 'var'), directory])
    if (!(await lstat(path).catch(() => undefined))?.isDirectory()) return;
  await run(['setfacl', '--recursive', '--physical', '--remove-all', directory]);
}

/** Bookkeeping of overlayfs that depends on inode numbers of this host; opaque directories and whiteouts stay. */
const HOST_XATTRS = ['origin', 'impure', 'uuid', 'nlink', 'upper', 'protattr'];

/** Makes a layer's bytes independent of host and time: no newer file than the epoch, no host-bound attributes. True if it has POSIX ACLs. */
export async function normalize(upper: string, epoch: number, signal?: AbortSignal): Promise<boolean> {
  const options = { signal };
  const found = await attributeNames(upper, '^(trusted\\.overlay|system\\.posix_acl)', signal);
  const paths = new Map<string, Map<bigint, Buffer>>();
  for (const [path, names] of found)
    for (const name of names.filter((one) => HOST_XATTRS.includes(one.replace('trusted.overlay.', '')))) {
      const file = Buffer.concat([Buffer.from(upper), Buffer.from(path, 'latin1')]);
      const all = paths.get(name) ?? new Map<bigint, Buffer>();
      // Of a file with several names once: by the first it is gone from all.
      paths.set(name, all.set((await lstat(file, { bigint: true })).ino, file));
    }
  const remove = async (name: string, files: Iterable<Buffer>) => {
    const input = Buffer.concat([...files].flatMap((file) => [file, Buffer.alloc(1)]));
    await run(['xargs', '--null', 'setfattr', '--no-dereference', `--remove=${name}`, '--'], { ...options, input }); // prettier-ignore
  };
  await Promise.all([...paths].map(async ([name, files]) => await remove(name, files.values())));
  const date = `@${epoch}`;
  // -newermt compares the time of last change of content; find follows no links by itself.
  await run(
    ['find', upper, '-newermt', date, '-exec', 'touch', '--no-dereference', `--date=${date}`, '{}', '+'],
    options,
  );
  return [...found.values()].some((names) => names.some((name) => name.startsWith('system.posix_acl')));
}

/** Bytes of regular files below `path`. */
export async function contentSize(path: string): Promise<number> {
  const sizes = await run(['find', path, '-type', 'f', '-printf', '%s\\n']);
  return sizes.stdout.split('\n').reduce((sum, line) => sum + Number(line || 0), 0);
}
