/** What the kernel and our rights allow, tried for real in a work directory and private namespaces. */
import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../system/errors.ts';
import { Namespace } from '../system/namespace.ts';
import type { Paths } from '../system/paths.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Check } from './types.ts';

/** Tries namespaces, overlay mounts with whiteouts, and squashfs through a loop device. */
export async function tryKernel(paths: Paths, signal?: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [];
  const attempt = async (
    check: Pick<Check, 'id' | 'title'> & { bad: Check['state']; todo: string },
    work: () => Promise<string>,
  ) => {
    const { id, title, bad, todo } = check;
    try {
      checks.push({ id, area: 'host', title, state: 'ok', detail: await work() });
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      checks.push({ id, area: 'host', title, state: bad, detail: reason(error), todo });
      return false;
    }
  };

  const root = 'Run as root; in a container allow CAP_SYS_ADMIN.';
  const namespaces = await attempt(
    { id: 'namespaces', title: 'private namespaces', bad: 'no', todo: root },
    async () => {
      await using _ = await Namespace.open({ network: true });
      return 'mount, pid, ipc, uts and network';
    },
  );
  if (!namespaces) return checks;

  await attempt(
    {
      id: 'overlay',
      title: 'overlay mounts',
      bad: 'no',
      todo: `Keep ${paths.state} on a local file system such as ext4, xfs or btrfs, and load the module overlay.`,
    },
    async () => {
      await using work = await workDirectory(paths, 'doctor');
      await using space = await Namespace.open();
      return await tryOverlay(space, work.path, signal);
    },
  );
  await attempt(
    {
      id: 'loop',
      title: 'squashfs through loop devices',
      bad: 'limited',
      todo: 'Load the modules loop and squashfs; only mounting finished images on this host needs them.',
    },
    async () => {
      await using work = await workDirectory(paths, 'doctor');
      await using space = await Namespace.open();
      return await tryLoop(space, work.path, signal);
    },
  );
  return checks;
}

async function tryOverlay(space: Namespace, path: string, signal?: AbortSignal): Promise<string> {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(path, name),
  ) as [string, string, string, string];
  for (const directory of [lower, upper, work, merged]) await mkdir(directory);
  await writeFile(join(lower, 'gone'), 'a file of the lower layer');
  await space.run(
    [
      'mount',
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
      merged,
    ],
    { signal },
  );
  await space.run(['rm', join(merged, 'gone')], { signal });
  const whiteout = await lstat(join(upper, 'gone'));
  if (!whiteout.isCharacterDevice()) throw new Error('a removed file left no whiteout in the upper layer');
  return 'mounted and wrote a whiteout';
}

async function tryLoop(space: Namespace, path: string, signal?: AbortSignal): Promise<string> {
  const [tree, image, mount] = ['tree', 'image.squashfs', 'mount'].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [tree, mount]) await mkdir(directory);
  await writeFile(join(tree, 'file'), 'content');
  await space.run(['mksquashfs', tree, image, '-quiet', '-no-progress', '-comp', 'zstd'], { signal });
  await space.run(['mount', '-t', 'squashfs', '-o', 'ro,loop', image, mount], { signal });
  const { stdout } = await space.run(['cat', join(mount, 'file')], { signal });
  if (stdout !== 'content') throw new Error('the mounted file has other content');
  return 'packed, mounted and read';
}

function reason(error: unknown): string {
  if (!(error instanceof SlipwayError)) return error instanceof Error ? error.message : String(error);
  const last = error.output?.trim().split('\n').at(-1);
  return last ? `${error.message}: ${last}` : error.message;
}
