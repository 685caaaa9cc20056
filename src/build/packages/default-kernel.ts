/** The kernel package that a distribution installs where nobody chooses. */
import type { Sandbox } from '../../system/sandbox.ts';
import { osRelease } from '../inventory.ts';
import type { PackageManager } from './manager.ts';

/** What stands for it in a recipe. */
export const DEFAULT_KERNEL = 'default';

/** Name of the package for the tree as it stands. */
export async function defaultKernel(
  manager: Pick<PackageManager, 'name'>,
  sandbox: Sandbox,
): Promise<string> {
  if (manager.name === 'dnf') return 'kernel';
  const { ID: id } = await osRelease(sandbox.root);
  if (id === 'ubuntu') return 'linux-image-generic';
  const architecture = await sandbox.inside(['dpkg', '--print-architecture']);
  return `linux-image-${architecture.stdout.trim()}`;
}
