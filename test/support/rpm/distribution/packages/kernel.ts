/** The kernel, cut into packages as RHEL 8 and 9 do it: vmlinuz beside its modules, and scripts that call kernel-install. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../../../src/system/process.ts';
import type { PackageDefinition, Release } from '../package.ts';

/** Modules that a plain server never loads. */
const EXTRA =
  /\/kernel\/(sound|fs\/(afs|ceph|coda|dlm|gfs2|hfs|hfsplus|jfs|minix|ntfs3|ocfs2|orangefs|ufs)|net\/(batman-adv|bluetooth|ceph|dccp|rds|sctp|tipc)|drivers\/(comedi|gpu|iio|infiniband|media|staging|target))\//;

/** `deb`: name of the package with the kernel of Debian. */
export function kernel(release: Release, deb: string): PackageDefinition[] {
  const version = deb.replace('linux-image-', '');
  // A version of an RPM has one hyphen at most.
  const uname = version.replace(/-(.*)/, (_, rest: string) => `-${rest.replaceAll('-', '.')}`);
  const directory = `/usr/lib/modules/${version}`;
  const isModule = (path: string) => path.startsWith(`${directory}/kernel/`);
  const common = {
    from: [deb],
    each: true,
    ignores: ['kmod', 'kernel', 'kernel-core', 'linux-base'],
  };
  const split = release === '9';
  const modules = (name: string, only: (path: string) => boolean, requires: string[]): PackageDefinition => ({
    ...common, name, only, requires,
    summary: `Modules of the kernel ${version}`,
    provides: [`${name}-uname-r = ${uname}`, 'installonlypkg(kernel-module)'],
    scripts: { post: `/sbin/depmod -a ${version} || :`, postun: `[ ! -e /lib/modules/${version}/modules.order ] || /sbin/depmod -a ${version} || :` },
  }); // prettier-ignore
  return [
    {
      ...common,
      name: 'kernel-core',
      summary: `The kernel ${version}`,
      only: (path) => path.startsWith(directory) && (!isModule(path) || (!split && !EXTRA.test(path))),
      requires: ['coreutils', 'dracut', 'systemd', 'kmod', ...(split ? ['kernel-modules-core'] : [])],
      recommends: ['linux-firmware'],
      provides: [`kernel-core-uname-r = ${uname}`, 'kernel-uname-r', 'installonlypkg(kernel)'],
      ghosts: [`/boot/vmlinuz-${version}`, `/boot/initramfs-${version}.img`, ...made(directory)],
      scripts: {
        posttrans: `/bin/kernel-install add ${version} /lib/modules/${version}/vmlinuz || exit $?`,
        preun: `/bin/kernel-install remove ${version} || exit $?`,
      },
    },
    ...(split
      ? [
          modules('kernel-modules-core', (path) => isModule(path) && !EXTRA.test(path), [
            'kernel-core',
            'kmod',
          ]),
        ]
      : []),
    modules('kernel-modules', (path) => isModule(path) && EXTRA.test(path), ['kernel-core', 'kmod']),
    {
      ...common,
      name: 'kernel',
      summary: 'The kernel and its modules',
      only: () => false,
      requires: ['kernel-core', 'kernel-modules'],
    },
  ];
}

/** What depmod writes. */
function made(directory: string): string[] {
  return ['alias', 'alias.bin', 'dep', 'dep.bin', 'devname', 'softdep', 'symbols', 'symbols.bin', 'builtin.bin', 'builtin.alias.bin'].map((name) => `${directory}/modules.${name}`); // prettier-ignore
}

/** As they come there; four times less to pack and to install. */
export async function compressModules(directory: string): Promise<void> {
  const files = globSync(join(directory, 'lib/modules/*/kernel/**/*.ko'));
  if (files.length > 0) await run(['xz', '-0', '--check=crc32', '--threads=2', '--force', ...files]);
}
