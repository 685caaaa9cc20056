/** What an image was made of, as a recipe to build it anew. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashPassword } from '../build/password.ts';
import { hostRelease } from '../parameters/host-release.ts';
import { recipeText, type Bootable } from '../parameters/recipe.ts';
import { readKey } from '../parameters/ssh-key.ts';
import { SlipwayError } from '../system/errors.ts';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import type { FoundImage } from './images.ts';
import type { Leavings } from './left.ts';

export interface PlannedRecipe {
  file: string;
  text: string;
  /** Beside it, for root alone: the hash of the password. */
  password: { file: string; text: string };
  /** `other`: there is one with other content. */
  state: 'new' | 'there' | 'other';
}

/** Nothing where it is not known what to install. */
export async function planRecipe(
  image: FoundImage,
  directory: string,
  paths: Paths,
  left: Leavings,
): Promise<PlannedRecipe | undefined> {
  const parameters = await parametersOf(image, paths, left);
  if (!parameters) return undefined;
  const name = `${image.name}.password`;
  const comment = `Image ${image.name} of BlueBanquise (${image.written.imageClass})`;
  const planned = {
    file: join(directory, `${image.name}.yml`),
    text: recipeText(parameters, { file: name }, comment),
    password: { file: join(directory, name), text: `${parameters.password}\n` },
  };
  const before = await readFile(planned.file, 'utf8').catch(() => undefined);
  const secret = await readFile(planned.password.file, 'utf8').catch(() => undefined);
  const same = before === planned.text && secret === planned.password.text;
  return { ...planned, state: same ? 'there' : before === undefined ? 'new' : 'other' };
}

/** The password first: a recipe never names a file that is not there. */
export async function writeRecipe({ file, text, password }: PlannedRecipe): Promise<void> {
  await writeDurably(password.file, password.text, 0o600);
  await writeDurably(file, text);
}

async function parametersOf(image: FoundImage, paths: Paths, left: Leavings): Promise<Bootable | undefined> {
  const { name, source, kind, written } = image;
  const leave = (reason: string) => left.leave('image', source, reason);
  const releaseVersion = written.releaseVersion ?? (await guessedRelease(written.kernel ?? '', leave));
  if (releaseVersion === undefined) return undefined;
  const { text = '', hash = false } = written.password ?? {};
  const common = {
    name,
    password: hash ? text : await hashPassword(text, name, 'root', paths),
    kernel: written.kernel ?? '',
    additionalPackages: written.additionalPackages,
    releaseVersion,
  };
  if (kind !== 'livenet') return { kind: 'nfs-staging', ...common };
  const { type = 'CORE', size = 'auto', selinux = false, optimize = false, sshKey: path } = written;
  const sshKey = path === undefined ? undefined : await keyOf(path, leave);
  return { kind: 'livenet', ...common, type, size, selinux, optimize, sshKey };
}

/** disklessset took what its host had; a kernel of RHEL says for which release it is: `4.18.0-305.el8.x86_64`. */
async function guessedRelease(kernel: string, leave: (reason: string) => void): Promise<string | undefined> {
  const found = /\.(?:el|fc|amzn)(\d+)/.exec(kernel)?.[1];
  if (found !== undefined) {
    leave(`it names no release: ${found}, by its kernel`);
    return found;
  }
  try {
    const release = await hostRelease();
    leave(`it names no release: ${release}, that of this host`);
    return release;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    leave('it names no release, and neither its kernel nor this host tells one: there is no recipe');
    return undefined;
  }
}

async function keyOf(path: string, leave: (reason: string) => void): Promise<string | undefined> {
  try {
    return await readKey(path, '/');
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    leave(`${error.message}: its recipe has no key`);
    return undefined;
  }
}
