/** What a tree stands on: names, accounts, directories, the C library, shells. */
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageDefinition, Release } from '../package.ts';

export const VERSION: Readonly<Record<Release, string>> = { '8': '8.10', '9': '9.4' };

export function release(number: Release): PackageDefinition {
  const version = VERSION[number];
  return {
    name: 'slipway-release',
    summary: 'Release files of Slipway Test Linux',
    version,
    each: true,
    provides: ['system-release', `system-release(releasever) = ${number}`, 'redhat-release'],
    files: {
      '/usr/lib/os-release': [
        'NAME="Slipway Test Linux"',
        `VERSION="${version} (Dry Dock)"`,
        'ID="slipwaytest"',
        'ID_LIKE="rhel centos fedora"',
        `VERSION_ID="${version}"`,
        `PLATFORM_ID="platform:el${number}"`,
        `PRETTY_NAME="Slipway Test Linux ${version} (Dry Dock)"`,
        'ANSI_COLOR="0;34"',
        `CPE_NAME="cpe:/o:slipway:test:${number}::baseos"`,
        '',
      ].join('\n'),
      '/etc/slipway-release': `Slipway Test Linux release ${version} (Dry Dock)\n`,
      '/usr/lib/systemd/system-preset/90-default.preset': [
        'enable sshd.service',
        'enable NetworkManager.service',
        'enable NetworkManager-dispatcher.service',
        'enable getty@.service',
        'enable dbus.service',
        'enable dbus.socket',
        'enable remote-fs.target',
        'disable systemd-networkd.service',
        'disable fstrim.timer',
        '',
      ].join('\n'),
      '/usr/lib/systemd/system-preset/99-default-disable.preset': 'disable *\n',
    },
    links: {
      '/etc/os-release': '../usr/lib/os-release',
      '/etc/redhat-release': 'slipway-release',
      '/etc/system-release': 'slipway-release',
    },
  };
}

const DIRECTORIES = {
  ...Object.fromEntries(
    [
      '/boot /dev /etc /etc/opt /etc/profile.d /etc/skel /home /media /mnt /opt /run /srv /usr /usr/bin /usr/include',
      '/usr/lib /usr/lib/modules /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/sbin /usr/local/share',
      '/usr/sbin /usr/share /usr/src /var /var/cache /var/empty /var/lib /var/lib/misc /var/local /var/log /var/opt',
      '/var/spool /etc/pki /etc/pki/rpm-gpg /etc/xdg /usr/share/empty',
    ].flatMap((line) => line.split(' ').map((path) => [path, '0755'])),
  ),
  '/proc': '0555',
  '/sys': '0555',
  '/root': '0550',
  '/tmp': '1777',
  '/var/tmp': '1777',
  '/var/spool/mail': '0775',
};

export const base: readonly PackageDefinition[] = [
  {
    name: 'setup',
    summary: 'Accounts, shells and names of services',
    version: '2.13.7',
    from: ['netbase'],
    requires: ['system-release'],
    links: { '/etc/mtab': '../proc/self/mounts' },
    marks: { '/etc/shadow': '%attr(0000,root,root)', '/etc/gshadow': '%attr(0000,root,root)' },
  },
  {
    name: 'filesystem',
    summary: 'The directories of a merged /usr',
    version: '3.16',
    requires: ['setup'],
    directories: DIRECTORIES,
    links: {
      '/bin': 'usr/bin',
      '/sbin': 'usr/sbin',
      '/lib': 'usr/lib',
      '/lib64': 'usr/lib64',
      '/var/run': '../run',
      '/var/lock': '../run/lock',
      '/var/mail': 'spool/mail',
      // The programs are Debian's, and look for their libraries there.
      '/usr/lib/x86_64-linux-gnu': '../lib64',
    },
    marks: { '/var/spool/mail': '%attr(0775,root,mail)' },
  },
  { name: 'tzdata', from: ['tzdata'] },
  {
    name: 'glibc',
    from: ['libc6'],
    ignores: ['libgcc', 'libxcrypt'],
    requires: ['glibc-common', 'filesystem'],
    provides: ['/sbin/ldconfig', 'glibc-langpack', 'glibc-minimal-langpack'],
    ghosts: ['/etc/ld.so.cache'],
    scripts: {
      'post -p /sbin/ldconfig': '',
      'transfiletriggerin -P 2000000 -- /lib /usr/lib /lib64 /usr/lib64': '/sbin/ldconfig',
    },
    only: (path) => !path.startsWith('/usr/share/'),
  },
  { name: 'glibc-common', from: ['libc-bin'], ignores: ['glibc'], requires: ['filesystem'] },
  {
    name: 'bash',
    from: ['bash'],
    each: true,
    docs: true,
    links: { '/usr/bin/sh': 'bash' },
    provides: ['/bin/sh', '/bin/bash'],
    recommends: ['bash-completion'],
  },
  { name: 'coreutils', from: ['coreutils'], requires: ['bash'] },
  { name: 'grep', from: ['grep'], docs: true },
  { name: 'sed', from: ['sed'], docs: true },
  { name: 'less', from: ['less'], docs: true },
  { name: 'gawk', from: ['gawk'], links: { '/usr/bin/awk': 'gawk' } },
  { name: 'which', from: ['debianutils'], only: (path) => path.startsWith('/usr/bin/which'), links: { '/usr/bin/which': 'which.debianutils' } }, // prettier-ignore
  { name: 'findutils', from: ['findutils'] },
  { name: 'diffutils', from: ['diffutils'] },
  { name: 'hostname', from: ['hostname'] },
  { name: 'gzip', from: ['gzip'] },
  { name: 'bzip2', from: ['bzip2'] },
  { name: 'tar', from: ['tar'] },
  { name: 'zstd', from: ['zstd'] },
  { name: 'ncurses', from: ['ncurses-bin'] },
  { name: 'bash-completion', from: ['bash-completion'] },
  { name: 'curl', from: ['curl'], each: true },
  { name: 'openssl', from: ['openssl'], only: (path) => !path.startsWith('/usr/lib/ssl/misc') },
  { name: 'openssl-libs', from: ['libssl3'], requires: ['ca-certificates'] },
  { name: 'procps-ng', from: ['procps', 'libproc2-0'] },
  { name: 'xfsprogs', from: ['xfsprogs'] },
  { name: 'e2fsprogs', from: ['e2fsprogs', 'logsave'] },
  {
    name: 'iputils',
    from: ['iputils-ping', 'iputils-arping'],
    marks: { '/usr/bin/ping': '%caps(cap_net_raw=ep)' },
  },
  { name: 'ca-certificates', from: ['ca-certificates'], finish: bundle, ignores: ['openssl'] },
];

/** One file of all certificates, where RHEL-like distributions have it, and Debian's programs look. */
async function bundle(directory: string): Promise<void> {
  const source = join(directory, 'usr/share/ca-certificates/mozilla');
  const names = (await readdir(source)).toSorted();
  const texts = await Promise.all(names.map(async (name) => await readFile(join(source, name), 'utf8')));
  await rm(directory, { recursive: true });
  const extracted = join(directory, 'etc/pki/ca-trust/extracted/pem');
  const certs = join(directory, 'etc/pki/tls/certs');
  await mkdir(extracted, { recursive: true });
  await mkdir(certs, { recursive: true });
  await writeFile(join(extracted, 'tls-ca-bundle.pem'), texts.join(''));
  for (const name of ['ca-bundle.crt', 'ca-certificates.crt'])
    await symlink('/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', join(certs, name));
  await mkdir(join(directory, 'etc/ssl'), { recursive: true });
  await symlink('../pki/tls/certs', join(directory, 'etc/ssl/certs'));
}
