/** What the file system of the store can do, by trying it. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMounts } from '../../mounts/mountinfo.ts';
import { diskFull } from '../../system/disk-full.ts';
import { SlipwayError } from '../../system/errors.ts';
import { Namespace } from '../../system/namespace.ts';

/** An empty directory in the store; what a kill leaves of it is removed by `up`. */
export async function probeDirectory(store: string): Promise<{ path: string } & AsyncDisposable> {
  await mkdir(store, { recursive: true, mode: 0o700 });
  const path = await mkdtemp(join(store, '.tmp-probe-'));
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }) };
}

/** Why `store` cannot have overlays with `options`, in words; nothing if it can. Leaves nothing mounted. */
export async function overlayUnusable(store: string, options: string): Promise<string | undefined> {
  await using probe = await probeDirectory(store);
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(probe.path, name));
  await using namespace = await Namespace.open();
  const all = `lowerdir=lower,upperdir=upper,workdir=work,${options}`;
  try {
    const mount = ['mount', '-t', 'overlay', '-o', all, 'slipway', 'merged'];
    await namespace.run(['env', '-C', probe.path, '--', ...mount]);
  } catch (error) {
    // A full disk says nothing of what it can: another kind would be no better.
    if (!(error instanceof SlipwayError) || error.code !== 'process/failed' || diskFull(error)) throw error;
    const said = error.output?.split('\n').find((line) => line.includes('mount'));
    return `overlayfs refuses to be mounted there${said === undefined ? '' : ` (${said.trim()})`}`;
  }
  // It drops what it cannot do with no more than a line in the kernel's log.
  const { stdout } = await namespace.run(['cat', '/proc/self/mountinfo']);
  const line = stdout.split('\n').find((one) => parseMounts(one)[0]?.path === join(probe.path, 'merged'));
  const lost = ['index=on', 'nfs_export=on'].filter((one) => options.includes(one) && !line?.includes(one));
  return lost.length > 0 ? `overlays there cannot be exported over NFS (${lost.join(', ')})` : undefined;
}
