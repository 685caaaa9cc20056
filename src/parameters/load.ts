/** From a parameters file to parameters, ready to be built. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { reworded, SlipwayError, throwAll, type Place } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import type { Paths } from '../system/paths.ts';
import { hashPassword } from '../build/password.ts';
import { named, newBudget, readText } from '../recipe/read-text.ts';
import { checkKernel, checkName } from './check.ts';
import { hostRelease } from './host-release.ts';
import type { Parameters } from './model.ts';
import type { Written } from './form.ts';
import { readParameters } from './read.ts';
import type { Origin } from './recipe.ts';
import { readKey } from './ssh-key.ts';

export interface LoadOptions {
  /** The site, whose secret makes the salt of hashes. */
  paths: Paths;
  /** Versions in the pool. */
  kernels: readonly string[];
  sink: Sink;
  /** Instead of the name in the file. */
  name?: string;
  /** os-release(5) of this host; for tests. */
  osRelease?: string;
}

export interface Loaded extends Origin {
  parameters: Parameters;
}

/**
 * Reads a file, looks at what it names, and hashes the password: the clear one is kept nowhere.
 * @throws SlipwayError `parameters/…`, `yaml/syntax`, `recipe/…` of reading; with places, all mistakes together
 */
export async function loadParameters(file: string, options: LoadOptions): Promise<Loaded> {
  const text = await readText(named(file, process.cwd()), newBudget());
  const written = readParameters(text, file);
  const { sink, paths } = options;
  const name = options.name === undefined ? written.name : checkName(options.name);
  if (written.ignored.length > 0)
    sink({
      event: 'notice',
      level: 'info',
      message: `Ignored, for only disklessset has a use for it: ${written.ignored.join(', ')}`,
      where: { file },
    });
  if (written.imageClass === 'DemoImage')
    return {
      file,
      places: written.places,
      parameters: { kind: 'demo', name, message: written.message ?? '' },
    };
  await warnOfClearPassword(file, written, sink);

  const errors: SlipwayError[] = [];
  const attempt = collector(errors, written.places);
  const kernel = await attempt('kernel', () => checkKernel(written.kernel ?? '', options.kernels));
  const sshKey =
    written.sshKey === undefined
      ? undefined
      : await attempt('ssh_pub_key', async () => await readKey(written.sshKey ?? '', dirname(resolve(file))));
  const releaseVersion =
    written.releaseVersion ?? (await attempt('image_data', async () => await hostRelease(options.osRelease)));
  throwAll(errors);
  const { text: password = '', hash = false } = written.password ?? {};
  const common = {
    name,
    password: hash ? password : await hashPassword(password, name, 'root', paths),
    kernel: kernel ?? '',
    additionalPackages: written.additionalPackages,
    releaseVersion,
  };
  const { type = 'CORE', size = 'auto', selinux = false, optimize = false } = written;
  const parameters: Parameters =
    written.imageClass === 'LivenetImage'
      ? { kind: 'livenet', ...common, type, size, sshKey, selinux, optimize }
      : { kind: 'nfs-staging', ...common };
  return { file, places: written.places, parameters };
}

/** Goes on after errors, to find the others; each gets the place of its key. */
function collector(errors: SlipwayError[], places: Readonly<Record<string, Place>>) {
  return async <T>(key: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(reworded(error, { where: places[key] }));
      return undefined;
    }
  };
}

async function warnOfClearPassword(file: string, { password, places }: Written, sink: Sink): Promise<void> {
  if (!password || password.hash || ((await stat(file)).mode & 0o077) === 0) return;
  sink({
    event: 'notice',
    level: 'warning',
    message:
      'The file holds a clear password and can be read by other users: chmod 600, or put a hash in it (mkpasswd -m sha-512)',
    where: { file, line: places['password']?.line },
  });
}
