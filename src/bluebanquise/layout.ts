/** Where an installation has what. Paths as the roles diskless and pxe_stack make them. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from './errors.ts';
import { kindOf } from './files.ts';

export interface Layout {
  /** Directories with one directory an image, `vmlinuz-*`, `NODE.ipxe`, `PROFILE.ipxe`. */
  images?: string;
  kernels?: string;
  nodes?: string;
  profiles?: string;
  /** Directory with `staging` and `golden`. */
  nfs: string;
}

/** Where disklessset keeps trees of NFS images. */
const NFS_DIRECTORY = '/diskless/images/nfsimages';

/**
 * @param directory `preboot_execution_environment`, or `diskless` in it
 * @throws SlipwayError `bluebanquise/no-installation`, `bluebanquise/no-directory`
 */
export async function findLayout(directory: string, nfs = NFS_DIRECTORY): Promise<Layout> {
  const info = await stat(directory).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error)
    throw fail('no-directory', {
      directory,
      reason: info.code === 'ENOENT' ? 'it is not there' : (info.code ?? ''),
    });
  if (!info.isDirectory()) throw fail('no-directory', { directory, reason: 'it is no directory' });
  const find = async (...names: string[]) => {
    for (const name of names)
      if ((await kindOf(join(directory, name))) === 'directory') return join(directory, name);
    return undefined;
  };
  const [images, kernels] = [
    await find('diskless/images', 'images'),
    await find('diskless/kernels', 'kernels'),
  ];
  const [nodes, profiles] = [await find('nodes'), await find('equipment_profiles')];
  if (!images && !kernels && !nodes && !profiles) throw fail('no-installation', { directory });
  return { images, kernels, nodes, profiles, nfs };
}
