/** Signed RPMs and metadata, as a mirror has them. */
import { link, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../../src/system/process.ts';
import { inParallel } from './debs.ts';
import { modulemd } from './modulemd.ts';
import { comps } from './comps.ts';
import type { Release } from './package.ts';

export const SIGNER = 'Slipway Test Linux <rpm@slipway.test>';

/** A key that lives as long as `home`. Returns the path of its public half. */
export async function makeKey(home: string): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = [
    'gpg',
    '--homedir',
    home,
    '--batch',
    '--quiet',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
  ];
  await run([...gpg, '--quick-generate-key', SIGNER, 'rsa3072', 'sign', 'never']);
  const key = join(home, 'RPM-GPG-KEY-slipway');
  await run([...gpg, '--armor', '--export', '--output', key, SIGNER]);
  return key;
}

/** gpg leaves an agent behind. */
export async function endAgent(home: string): Promise<void> {
  await run(['gpgconf', '--homedir', home, '--kill', 'all']);
}

export async function signPackages(directory: string, home: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const files = names.filter((name) => name.endsWith('.rpm')).map((name) => join(directory, name));
  const defines = { _gpg_name: SIGNER, _gpg_path: home, __gpg: '/usr/bin/gpg' };
  const options = Object.entries(defines).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  const half = Math.ceil(files.length / 2);
  await inParallel([files.slice(0, half), files.slice(half)], async (some) => {
    await run(['rpmsign', ...options, '--addsign', ...some], { env: { HOME: home } });
  });
}

/** A directory with the packages of a release, and what dnf wants to know of them. */
export async function makeRepository(
  rpms: string,
  release: Release,
  target: string,
  home: string,
): Promise<void> {
  const packages = join(target, 'Packages');
  await mkdir(packages, { recursive: true });
  for (const part of ['both', release])
    for (const name of await readdir(join(rpms, part)))
      await link(join(rpms, part, name), join(packages, name));
  const groups = join(target, 'comps.xml');
  await writeFile(groups, comps());
  await run(['createrepo_c', '--quiet', '--workers', '2', '--groupfile', groups, target]);
  const modules = join(target, 'modules.yaml');
  await writeFile(modules, modulemd(release));
  const repodata = join(target, 'repodata');
  await run(['modifyrepo_c', '--mdtype=modules', modules, repodata]);
  await run(['gpg', '--homedir', home, '--batch', '--quiet', '--armor', '--detach-sign', '--local-user', SIGNER, join(repodata, 'repomd.xml')]); // prettier-ignore
}
