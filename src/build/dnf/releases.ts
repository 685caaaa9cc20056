/**
 * What differs between the distributions and their releases. Sources: PLATFORM_ID in the os-release
 * of each; `%_dbpath` of its rpm (Fedora changed it in 36, RHEL in 10); /etc/dnf/vars of its release
 * packages for the variables in the URLs of its repositories.
 */
import type { RedhatSource } from '../../recipe/schema.ts';

export interface Release {
  /** `$releasever` of repositories. */
  version: string;
  /** `module_platform_id`. */
  platform: string;
  /** Where the rpm database is in the tree. */
  database: string;
  /** Further variables of repositories. */
  variables: Record<string, string>;
}

/** Databases that a tree may have, the newer place first. */
export const DATABASES = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'];

type Distribution = NonNullable<RedhatSource['distribution']>;

/** By `distribution` and `release` of a recipe. */
export function releaseOf(
  distribution: Distribution | undefined,
  release: string,
  platform?: string,
): Release {
  const major = Number.parseInt(release, 10);
  return {
    version: release,
    platform: platform ?? platformOf(distribution, major),
    database: databaseOf(distribution, major),
    variables: variablesOf(distribution, major),
  };
}

function platformOf(distribution: Distribution | undefined, major: number): string {
  if (distribution === 'fedora') return `platform:f${major}`;
  if (distribution === 'amazon') return `platform:al${major}`;
  return `platform:el${major}`;
}

function databaseOf(distribution: Distribution | undefined, major: number): string {
  if (distribution === 'amazon') return '/var/lib/rpm';
  const moved = distribution === 'fedora' ? major >= 36 : major >= 10;
  return moved ? '/usr/lib/sysimage/rpm' : '/var/lib/rpm';
}

function variablesOf(distribution: Distribution | undefined, major: number): Record<string, string> {
  switch (distribution) {
    case 'centos-stream':
      return { contentdir: 'centos', infra: 'stock', stream: `${major}-stream` };
    case 'rocky':
      return { contentdir: 'pub/rocky', rltype: '', sigcontentdir: 'pub/sig' };
    case 'oracle':
      return { ociregion: '', ocidomain: 'oracle.com' };
    case 'amazon':
      return { awsregion: 'default', awsdomain: 'amazonaws.com' };
    default:
      return {};
  }
}

/**
 * What a tree begins with. docs/guide/rpm-images.md. Where the kernel is one of the pool nothing else
 * asks for udev, without which a node has no devices but those that the initramfs found.
 */
export const TYPES: Record<RedhatSource['type'], string[]> = {
  standard: ['@core', 'kernel-modules'],
  small: ['dnf', 'yum', 'iproute', 'procps-ng', 'openssh-server', 'NetworkManager', 'systemd-udev'],
  core: ['iproute', 'procps-ng', 'openssh-server', 'systemd-udev'],
  none: [],
};

/** What `optimize` leaves out: weak for a diskless node, and large. */
export const OPTIMIZED = [
  'glibc-all-langpacks', 'glibc-langpack-*', 'grubby', 'libxkbcommon', 'pinentry', 'python3-unbound', 'unbound-libs',
  'xkeyboard-config', 'trousers', 'gnupg2-smime', 'openssl-pkcs11', 'rpm-plugin-systemd-inhibit', 'shared-mime-info',
]; // prettier-ignore

/** Besides the policy and its tools, in trees that are labelled for SELinux, where a repository has it. */
export const SELINUX_WANTED = ['selinux-policy-devel'];
