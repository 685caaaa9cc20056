/** A kernel of this host, as its distribution installed it. */
import { fail } from '../errors.ts';
import { findConfig, findKernels, findModules, findVmlinuz } from '../find.ts';
import { checkVersion } from '../version.ts';
import { plainOrigin, type Origin } from './origin.ts';

/** @param root of the host, for tests @throws SlipwayError `kernels/not-found`, `kernels/no-modules` */
export async function hostKernel(version: string, root = '/'): Promise<Origin> {
  checkVersion(version);
  const [vmlinuz, modules] = [await findVmlinuz(root, version), await findModules(root, version)];
  if (!vmlinuz) {
    const known = (await findKernels(root)).map((k) => k.version);
    throw fail('not-found', {
      what: `kernel ${version} on this host`,
      todo:
        known.length > 0
          ? `It has: ${known.join(', ')}.`
          : 'It has none: name a file, packages or --from IMAGE.',
    });
  }
  if (!modules) throw fail('no-modules', { version, places: `/lib/modules/${version}`, file: vmlinuz });
  const config = await findConfig(root, version);
  return plainOrigin({ version, config, vmlinuz, modules, from: 'this host', label: vmlinuz });
}
