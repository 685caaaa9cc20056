import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isReady } from './diagnose.ts';
import { familyOf, osRelease } from './host.ts';
import { find, installCommands, needs, parseNeeds } from './needs.ts';
import { toolVersion } from './tools.ts';
import type { Check } from './types.ts';

test('os-release with and without quotes', () => {
  const parsed = osRelease(
    'ID=rocky\nID_LIKE="rhel centos fedora"\nNAME=\'Rocky Linux\'\nPRETTY_NAME="a \\"b\\""\n',
  );
  expect(parsed).toEqual({
    ID: 'rocky',
    ID_LIKE: 'rhel centos fedora',
    NAME: 'Rocky Linux',
    PRETTY_NAME: 'a "b"',
  });
});

test.each([
  [{ ID: 'debian' }, 'debian'],
  [{ ID: 'linuxmint', ID_LIKE: 'ubuntu debian' }, 'debian'],
  [{ ID: 'almalinux', ID_LIKE: 'rhel centos fedora' }, 'redhat'],
  [{ ID: 'opensuse-leap', ID_LIKE: 'suse opensuse' }, 'suse'],
  [{ ID: 'sles' }, 'suse'],
  [{ ID: 'alpine' }, undefined],
])('%j is %s', (system, family) => expect(familyOf(system)).toBe(family));

test('the table of needs: probes, packages for each family, none known', () => {
  const [need, ...rest] = parseNeeds('# comment\nrun  tool,/usr/share/x.rom  pkg  -  suse-pkg  ability\n\n');
  expect(rest).toEqual([]);
  expect(need).toEqual({
    set: 'run',
    probes: ['tool', '/usr/share/x.rom'],
    packages: { debian: 'pkg', redhat: undefined, suse: 'suse-pkg' },
    for: 'ability',
  });
});

test('every line of the real table is understood, and every Debian package is named', () => {
  const text = readFileSync('scripts/needs.txt', 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const all = needs('run', 'more', 'test', 'bench');
  expect(all).toHaveLength(lines.length);
  for (const need of all) expect(need.packages.debian).toBeDefined();
});

test('finds programs and files, and says how to install the rest, once each', () => {
  const [there, gone, twice] = parseNeeds(
    'run sh a b c x\nrun no-such-program,/no/such/file p1 - p3 x\nrun other p1 p2 p3 x',
  );
  expect(there && find(there)).toMatch(/\/sh$/);
  expect(gone && find(gone)).toBeUndefined();
  expect(installCommands([gone, twice].flatMap((n) => n ?? []))).toEqual({
    debian: 'apt-get install p1',
    redhat: 'dnf install p2',
    suse: 'zypper install p3',
  });
});

test('versions of real programs', async () => {
  expect(await toolVersion('/bin/tar')).toMatchObject({
    name: 'tar',
    version: expect.stringMatching(/^\d+\.\d/) as string,
  });
  expect(await toolVersion('/no/such/program')).toEqual({ name: 'program', path: '/no/such/program' });
});

test('ready needs one source, squashfs and everything for serving', () => {
  const ids = [
    'everything',
    'root',
    'namespaces',
    'overlay',
    'pack-squashfs',
    'serve',
    'dhcp',
    'build-debian',
  ];
  const checks = (ok: readonly string[]) =>
    ok.map((id): Check => ({ id, area: 'host', title: id, state: 'ok', detail: '' }));
  expect(isReady(checks(ids))).toBe(true);
  for (const without of ids) expect(isReady(checks(ids.filter((id) => id !== without)))).toBe(false);
  expect(isReady(checks([...ids.slice(0, -1), 'build-archive']))).toBe(true);
});
