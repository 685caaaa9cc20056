/** An RPM image by bare commands: dnf --installroot with everything in one go, stock dracut, mksquashfs. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RpmRelease } from '../../test/support/rpm/distribution.ts';
import type { Bench } from '../row.ts';
import { call, dracutIn, kernelVersion, squash, weigh, type Made } from './by-hand.ts';

export interface WantedRpms {
  repository: RpmRelease;
  /** Path of the key that has signed packages and metadata. */
  key: string;
  /** All packages, the kernel’s too. */
  packages: readonly string[];
  /** zstd level of the packed root. */
  level: number;
}

/** With the choices that the source `redhat` makes: everything verified, no weak dependencies, no documentation, English. */
export async function bareRpm(bench: Bench, wanted: WantedRpms, directory: string): Promise<Made> {
  const tree = join(directory, 'tree');
  const packed = join(directory, 'root.squashfs');
  const { release, platform, url } = wanted.repository;
  for (const name of ['tree/proc', 'tree/sys', 'tree/dev', 'home', 'none'])
    await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'home/.rpmmacros'), '%_dbpath /var/lib/rpm\n%_install_langs en\n');
  const main = {
    reposdir: join(directory, 'none'), varsdir: join(directory, 'none'), pluginpath: join(directory, 'none'),
    cachedir: join(directory, 'cache'), persistdir: join(directory, 'persist'), logdir: '/var/log',
    gpgcheck: '1', repo_gpgcheck: '1', install_weak_deps: '0', tsflags: 'nodocs', module_platform_id: platform,
  }; // prettier-ignore
  const lines = Object.entries(main).map(([name, value]) => `${name}=${value}\n`);
  const repository = `[bench]\nname=bench\nbaseurl=${url}\ngpgkey=file://${wanted.key}\n`;
  await writeFile(join(directory, 'dnf.conf'), `[main]\n${lines.join('')}${repository}`);
  const env = { HOME: join(directory, 'home') };

  const start = performance.now();
  for (const name of ['proc', 'sys', 'dev']) await call(bench, ['mount', '--rbind', `/${name}`, join(tree, name)]);
  await call(bench, ['rpmkeys', '--root', tree, '--import', wanted.key], env);
  await call(
    bench,
    ['dnf', '--assumeyes', '--quiet', '--config', join(directory, 'dnf.conf'), '--installroot', tree, '--releasever', release, 'install', ...wanted.packages],
    { ...env, KERNEL_INSTALL_BYPASS: '1' }, // Else the kernel's package makes an initramfs too, which nobody wants.
  ); // prettier-ignore
  for (const name of ['proc', 'sys', 'dev']) await call(bench, ['umount', '--recursive', '--lazy', join(tree, name)]);
  const initramfs = await dracutIn(bench, tree);
  const vmlinuz = `usr/lib/modules/${await kernelVersion(tree)}/vmlinuz`;
  await squash(bench, tree, packed, ['-comp', 'zstd', '-Xcompression-level', String(wanted.level)], [vmlinuz]);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, bytes: await weigh(packed, initramfs, join(tree, vmlinuz)) };
} // prettier-ignore
