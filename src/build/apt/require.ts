import type { Place } from '../../system/errors.ts';
import { throwAll } from '../../system/yaml.ts';
import { fail } from '../errors.ts';
import type { AptArchive } from './archive.ts';

/** Fails with every package that the archive does not know, before anything is fetched. @throws `build/unknown-package` */
export async function requirePackages(archive: AptArchive, names: readonly string[], where: Place): Promise<void> {
  const missing = await archive.missing(names);
  throwAll(
    missing.map(({ name, near }) =>
      fail('unknown-package', { name, architecture: 'this image', hint: near ? `Did you mean ${near}?` : 'Check the name and the components of the archive.' }, { where }),
    ),
  );
}
