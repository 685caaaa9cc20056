/** Every path of the host that a recipe names: looked at before anything is built. */
import { basename } from 'node:path';
import { throwAll, SlipwayError } from '../system/errors.ts';
import { placeOf } from '../system/yaml.ts';
import { beside, type Opened } from './document.ts';
import { fail } from './errors.ts';
import { ociPlace } from './oci-reference.ts';
import { lookAt, readText, type Budget, type Named } from './read-text.ts';
import { repositoryChecks } from './repository-keys.ts';
import type { Source, Step } from './schema.ts';
import { isPrivateKey, isPublicKey, looksLikeKey, wrongKeyLine } from './ssh-keys.ts';

/** Runs all and throws what they threw, together. */
async function all(checks: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: SlipwayError[] = [];
  for (const check of checks)
    await check().catch((error: unknown) => {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
    });
  throwAll(errors);
}

/** @throws SlipwayError `recipe/…` for all paths of the source at once */
export async function checkSource(source: Source, here: Opened): Promise<void> {
  const file = (path: string, ...keys: string[]) =>
    beside(here, path, placeOf(here.source, ['source', ...keys]));
  if ('archive' in source) await lookAt(file(source.archive.path, 'archive', 'path'), 'a file');
  if ('directory' in source) await lookAt(file(source.directory.path, 'directory', 'path'), 'a directory');
  if ('host' in source && source.host.ssh_config !== undefined)
    await lookAt(file(source.host.ssh_config, 'host', 'ssh_config'), 'a file');
  if ('oci' in source) {
    const { image, authfile } = source.oci;
    const path = ociPlace(image, here.base)?.path;
    if (path !== undefined)
      await lookAt(file(path, 'oci', 'image'), image.startsWith('oci:') ? 'a directory' : 'a file');
    if (authfile !== undefined) await lookAt(file(authfile, 'oci', 'authfile'), 'a file');
  }
  if ('debian' in source && source.debian.keyring !== undefined)
    await lookAt(file(source.debian.keyring, 'debian', 'keyring'), 'a file');
  if ('redhat' in source) await all(repositoryChecks(source.redhat, here));
}

/** @throws SlipwayError `recipe/…` for all paths of the step at once. Templates are checked by rendering them. */
export async function checkStep(step: Step, index: number, here: Opened, budget: Budget): Promise<void> {
  const at = (...keys: PropertyKey[]) => placeOf(here.source, ['steps', index, ...keys]);
  const file = (path: string, ...keys: PropertyKey[]) => beside(here, path, at(...keys));
  const checks: (() => Promise<unknown>)[] = [];
  if ('files' in step)
    for (const [i, entry] of step.files.entries())
      if ('copy' in entry)
        checks.push(() => lookAt(file(entry.copy, 'files', i, 'copy'), 'a file or directory'));
  if ('run' in step) {
    const { file: script, inputs } = step.run;
    if (script !== undefined) checks.push(() => readText(file(script, 'run', 'file'), budget));
    for (const [i, input] of inputs.entries()) {
      checks.push(() => lookAt(file(input, 'run', 'inputs', i), 'a file or directory'));
      if (inputs.slice(0, i).some((other) => basename(other) === basename(input)))
        checks.push(async () => {
          throw fail('same-input', { name: basename(input) }, { where: at('run', 'inputs', i) });
        });
    }
  }
  if ('users' in step)
    for (const [i, user] of step.users.entries()) {
      const { password } = user;
      if (typeof password === 'object' && 'file' in password)
        checks.push(() => lookAt(file(password.file, 'users', i, 'password', 'file'), 'a file'));
      for (const [j, entry] of user.ssh_keys.entries())
        if (!isPublicKey(entry))
          checks.push(() => checkKeys(entry, file(entry, 'users', i, 'ssh_keys', j), budget));
    }
  await all(checks);
}

/** `entry` is the path of `file` as it was written: or a key that went wrong, whose text no message shows. */
async function checkKeys(entry: string, file: Named, budget: Budget): Promise<void> {
  const { path, where } = file;
  if (isPrivateKey(entry)) throw fail('private-key', { path: 'The value' }, { where });
  if (looksLikeKey(entry)) throw fail('not-a-key', { path: 'The value', line: 1 }, { where });
  const text = await readText(file, budget);
  if (isPrivateKey(text)) throw fail('private-key', { path }, { where });
  const line = wrongKeyLine(text);
  if (line > 0) throw fail('not-a-key', { path, line }, { where });
}
