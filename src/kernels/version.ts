import { fail } from './errors.ts';

/** As in `uname -r`; safe as the name of a directory. The same form as in recipes. */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9+._~-]{0,127}$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Returns `version` if it is one. @throws SlipwayError `kernels/bad-version` */
export function checkVersion(version: string): string {
  if (!isVersion(version)) throw fail('bad-version', { version: JSON.stringify(version) });
  return version;
}

/** The version in the name `vmlinuz-VERSION` (Image-, vmlinux- of other distributions) of a file, if there is one. */
export function versionInName(name: string): string | undefined {
  const found = /^(?:vmlinuz|vmlinux|Image|kernel)-(.+)$/.exec(name)?.[1];
  return found && isVersion(found) ? found : undefined;
}
