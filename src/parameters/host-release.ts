/** The release of this host: what disklessset installs when nobody says which. */
import { readFile } from 'node:fs/promises';
import { fail } from './errors.ts';

/** Where $releasever is the major version alone. */
const ENTERPRISE = /\b(rhel|centos|almalinux|rocky|ol)\b/;

/**
 * @param file os-release(5)
 * @throws SlipwayError `parameters/no-release` on a host that is not RPM based
 */
export async function hostRelease(file = '/etc/os-release'): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const value = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)`, 'm').exec(text)?.[1]?.trim() ?? '';
  const family = `${value('ID')} ${value('ID_LIKE')}`;
  const version = value('VERSION_ID');
  if (!/\b(rhel|fedora|centos|almalinux|rocky|ol|amzn)\b/.test(family) || !/^\d/.test(version))
    throw fail('no-release', { host: value('PRETTY_NAME') || 'there is no os-release' });
  return ENTERPRISE.test(family) ? version.replace(/\..*/, '') : version;
}
