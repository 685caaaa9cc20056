import { expect, test } from 'vitest';
import { releaseOf } from './releases.ts';
import { initramfsTools, liveTools } from './tools.ts';

// PLATFORM_ID of os-release and %_dbpath of rpm, as the distributions ship them.
test.each([
  ['rhel', '8.10', 'platform:el8', '/var/lib/rpm'],
  [undefined, '8', 'platform:el8', '/var/lib/rpm'],
  ['almalinux', '9.4', 'platform:el9', '/var/lib/rpm'],
  ['rocky', '9', 'platform:el9', '/var/lib/rpm'],
  ['centos-stream', '9', 'platform:el9', '/var/lib/rpm'],
  ['oracle', '9', 'platform:el9', '/var/lib/rpm'],
  ['centos-stream', '10', 'platform:el10', '/usr/lib/sysimage/rpm'],
  ['almalinux', '10.0', 'platform:el10', '/usr/lib/sysimage/rpm'],
  ['fedora', '35', 'platform:f35', '/var/lib/rpm'],
  ['fedora', '42', 'platform:f42', '/usr/lib/sysimage/rpm'],
  ['amazon', '2023', 'platform:al2023', '/var/lib/rpm'],
] as const)('%s %s is %s with its database in %s', (distribution, version, platform, database) => {
  expect(releaseOf(distribution, version)).toMatchObject({ version, platform, database });
});

test('a recipe may name the platform itself, and variables are those of the distribution', () => {
  expect(releaseOf(undefined, '9', 'platform:x9').platform).toBe('platform:x9');
  expect(releaseOf('centos-stream', '9').variables).toMatchObject({ stream: '9-stream' });
  expect(releaseOf('almalinux', '9').variables).toEqual({});
});

test('what dracut runs with fits the release', () => {
  expect(initramfsTools(releaseOf(undefined, '8'))).not.toContain('zstd');
  expect(initramfsTools(releaseOf(undefined, '9'))).toEqual(expect.arrayContaining(['zstd', 'dhcp-client']));
  expect(initramfsTools(releaseOf(undefined, '10'))).not.toContain('dhcp-client');
  // dracut's img-lib and network-legacy are left out without these.
  expect(liveTools(releaseOf(undefined, '9'))).toEqual(
    expect.arrayContaining(['dracut-live', 'tar', 'gawk']),
  );
});
