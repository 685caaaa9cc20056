import { expect, test } from 'vitest';
import { run } from '../system/process.ts';
import { COMPRESS, dracutCommand } from './dracut-command.ts';
import { layered } from './kinds.ts';

const options = {
  kind: layered,
  version: '6.1.0',
  load: ['raid0'],
  modules: ['base', 'slipway'],
  output: '/run/x',
};

test('options that a release does not know are left out', () => {
  const all = dracutCommand(options);
  expect(all).toEqual(expect.arrayContaining(['--no-machineid', '--reproducible', '--ro-mnt']));
  // As dracut 049 lists them.
  const old = dracutCommand({
    ...options,
    known: new Set(['--reproducible', '--ro-mnt', '--no-hostonly-cmdline']),
  });
  expect(old).toEqual(expect.arrayContaining(['--reproducible', '--ro-mnt', '--no-hostonly', '--force-drivers', 'raid0'])); // prettier-ignore
  expect(old).not.toContain('--no-machineid');
  expect(old.slice(-3)).toEqual(['--kver', '6.1.0', '/run/x']);
});

test('each way to compress works on a pipe, makes the same twice, and is what its name says', async () => {
  const magic = { zstd: '28b52ffd', gzip: '1f8b', xz: 'fd377a585a00' };
  for (const [name, command] of Object.entries(COMPRESS) as [keyof typeof COMPRESS, string][]) {
    const words = command.split(' ');
    const script = `"$@" </bin/sh`;
    const once = async () => (await run(['sh', '-c', `(${script}) | sha256sum; (${script}) | od -An -tx1 -N6`, 'sh', ...words])).stdout; // prettier-ignore
    const first = await once();
    expect(await once()).toBe(first);
    expect(first.split('\n')[1]?.replaceAll(' ', '')).toMatch(new RegExp(`^${magic[name]}`));
  }
});
