import { type Place } from '../../system/errors.ts';
import { throwAll } from '../../system/yaml.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import { DEFAULT_KERNEL } from './default-kernel.ts';
import { fail } from '../errors.ts';
import type { PackageManager } from './manager.ts';

/** A package that a recipe asks for, and where. */
export interface Wanted {
  name: string;
  place: Place;
}

/** Fails with every package that the archive does not know, before anything is fetched. @throws `build/unknown-package` */
export async function requirePackages(
  archive: Pick<PackageManager, 'missing'>,
  wanted: readonly Wanted[],
): Promise<void> {
  const missing = await archive.missing(wanted.map((w) => w.name));
  throwAll(
    missing.map(({ name, near }) => {
      const where = wanted.find((w) => w.name.replace(/=.*/, '') === name)?.place;
      const hint = near ? `Did you mean ${near}?` : 'Check the name and the components of the archive.';
      return fail('unknown-package', { name, architecture: 'this image', hint }, { where });
    }),
  );
}

/** Where the archives of a tree are configured. */
const ARCHIVES = /^\/(etc(\/(apt|yum|yum\.repos\.d|dnf)(\/|$)|$)|$)/;
/** Packages with the configuration of archives, such as epel-release and centos-release-hpc. */
const BRINGS_ARCHIVES = /(^|-)(release|repos?|repository)(-|$)/;

/**
 * Packages that the steps will ask the source's own archive for. Ends at the first step
 * that may add another archive: what comes after it can be checked only then.
 */
export function wantedBy(steps: readonly ResolvedStep[]): Wanted[] {
  const wanted: Wanted[] = [];
  for (const { step, place } of steps) {
    if ('run' in step) break;
    if ('files' in step && step.files.some((f) => ARCHIVES.test('to' in f ? f.to : f.remove))) break;
    const names =
      'packages' in step
        ? step.packages.install
        : 'kernel' in step && step.kernel.package && step.kernel.package !== DEFAULT_KERNEL
          ? [step.kernel.package]
          : [];
    wanted.push(...names.map((name) => ({ name, place })));
    if (names.some((name) => BRINGS_ARCHIVES.test(name))) break;
  }
  return wanted;
}
