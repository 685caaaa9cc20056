/** Which package manager a tree has, and for which archives it is configured. */
import { aptIdentity } from '../apt/identity.ts';
import { openTreeArchive } from '../apt/tree-archive.ts';
import { dnfIdentity } from '../dnf/identity.ts';
import { openTreeArchive as openRpmTree } from '../dnf/tree-archive.ts';
import type { WorkContext, Tree } from '../context.ts';
import { fail } from '../errors.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { PackageManager } from './manager.ts';

/**
 * Identity of the package configuration of a tree: `apt:` or `dnf:` and a hash. Trees with the
 * same one share lists and packages. Undefined if there is no package manager that we know.
 */
export async function packageIdentity(sandbox: Sandbox): Promise<string | undefined> {
  return (await aptIdentity(sandbox)) ?? (await dnfIdentity(sandbox));
}

/** The package manager for a tree; opened once a build. @throws `build/no-package-manager` */
export async function managerFor(tree: Tree, context: WorkContext, task: string): Promise<PackageManager> {
  const identity = tree.packageConfig ?? (await identify(tree, context));
  if (!identity) throw fail('no-package-manager', {});
  tree.packageConfig = identity;
  let manager = context.managers.get(identity);
  if (!manager) context.managers.set(identity, (manager = open(identity, tree, context, task)));
  return await manager;
}

async function open(
  identity: string,
  tree: Tree,
  context: WorkContext,
  task: string,
): Promise<PackageManager> {
  return identity.startsWith('dnf:')
    ? await openRpmTree(tree, context, task)
    : await openTreeArchive(identity, tree, context, task);
}

async function identify(tree: Tree, context: WorkContext): Promise<string | undefined> {
  await using work = await workDirectory(context.installation.paths, 'identify');
  await using sandbox = await Sandbox.open(context.installation.paths, work.path, tree.lowers);
  return await packageIdentity(sandbox);
}
