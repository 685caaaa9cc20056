/** bootset as its users have it: bin/bootset as a process, and what nodes then get from the boot server. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadInstallation } from '../src/system/config.ts';
import { bootServer } from './support/boot-server.ts';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeAll(async () => {
  here = await temporaryInstallation();
  const { etc, root } = here.installation.paths;
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(root, 'compute.cfg'), 'install\n');
  const targets = [
    'targets:',
    `  osdeploy: { url: "http://10.0.0.1/{profile}.ipxe", after: disk, kickstart: "${root}/{profile}.cfg" }`,
    '  clone: { url: "http://10.0.0.1/clone/{node}.ipxe" }',
  ];
  writeFileSync(
    join(etc, 'config.yml'),
    `serve: { address: 127.0.0.1 }\ndhcp: { mode: off }\n${targets.join('\n')}\n`,
  );
  await publishNoise(here.installation.paths, 'compute', 4096);
  ok('slipway', 'profile', 'add', 'compute', '--ipxe', 'eq-console=console=tty0 console=ttyS0,115200');
  ok('slipway', 'node', 'add', 'c[001-004]', '--profile', 'compute', '--mac', '52:54:00:00:00:[01-04]');
  ok('slipway', 'node', 'set', 'c001', '--interface', 'eth0,address=10.1.0.7/20,gateway=10.1.0.1');
});
afterAll(() => here[Symbol.asyncDispose]());

function run(program: 'slipway' | 'bootset', ...args: string[]) {
  const env = { ...process.env, SLIPWAY_ROOT: here.installation.paths.root, NO_COLOR: '1', LANG: 'C.UTF-8' };
  return spawnSync(resolve('bin', program), args, {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
function ok(program: 'slipway' | 'bootset', ...args: string[]): string {
  const { status, stdout, stderr } = run(program, ...args);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
  return stdout;
}
const status = () => ok('bootset', '-s');

/** The script that a node gets, by the number of its MAC address. */
async function script(number: number): Promise<string> {
  await using server = await bootServer(loadInstallation(here.installation.paths.root));
  const answer = await fetch(`${server.url}/boot/node.ipxe?mac=52:54:00:00:00:0${number}&arch=x86_64`);
  return await answer.text();
}

test('status begins with all nodes on their disks', () => {
  expect(status()).toBe('Diskfull: c[001-004]\n');
});

test('diskless, disk, next and targets, in the words of bootset', () => {
  expect(ok('bootset', '-n', 'c[001-003]', '-b', 'diskless', '-i', 'compute')).toBe(
    '[OK] c[001-003] boots compute\n',
  );
  ok('bootset', '-q', '-n', 'c002', '-b', 'osdeploy');
  ok('bootset', '-q', '-n', 'c003', '-b', 'clone', '-i', 'gold');
  expect(status()).toBe(
    'Diskfull: c004\nNext boot deployment: c002\nNext boot clone: c003\nDiskless image(s):\n - compute: c001\n',
  );
  ok('bootset', '-q', '-n', 'c003', '-b', 'next');
  expect(status()).toContain('Next boot as the firmware has it: c003\n');
  ok('bootset', '-q', '-n', 'c003', '-b', 'disk');
  expect(status()).toContain('Diskfull: c[003-004]\n');
});

test('defect 18: an image that is not there, or not for the node, is refused', () => {
  const missing = run('bootset', '-n', 'c004', '-b', 'diskless', '-i', 'nosuch');
  expect(missing).toMatchObject({ stderr: expect.stringMatching(/^error\[image\//) as string });
  ok('slipway', 'node', 'set', 'c004', '--arch', 'arm64');
  const other = run('bootset', '-n', 'c004', '-b', 'diskless', '-i', 'compute');
  expect(other.stderr).toContain('node/architecture');
  ok('slipway', 'node', 'set', 'c004', '--arch', 'amd64');
  expect(run('bootset', '-n', 'c004', '-b', 'diskless').stderr).toContain('node/no-image');
  expect(run('bootset', '-n', 'c004', '-b', 'clonedeploy').stderr).toContain('boot/no-target');
  expect(status()).toContain('c[003-004]');
});

test.each([['c[001-'], ['c[5-1]'], [''], ['c001,,'], ["c001'; reboot"]])(
  'defect 6: node set %j is an error, no crash',
  (nodes) => {
    const { status, stderr } = run('bootset', '-n', nodes, '-b', 'disk');
    expect(status).toBeGreaterThan(0);
    expect(stderr).toMatch(/^error/);
    expect(stderr).not.toContain('    at ');
  },
);

test('unknown nodes change nothing', () => {
  const before = status();
  expect(run('bootset', '-n', 'c[001-009]', '-b', 'disk').stderr).toContain('node/unknown');
  expect(status()).toBe(before);
});

test('-f and -e become kernel arguments after those of the profile; the next -b replaces them', async () => {
  ok('bootset', '-n', 'c001', '-b', 'diskless', '-i', 'compute', '-f', 'network,dhcp', '-e', 'quiet x=1');
  const words =
    'console=tty0 console=ttyS0,115200 ip=10.1.0.7::10.1.0.1:255.255.240.0:c001:eth0:none rd.net.timeout.carrier=30 rd.net.timeout.ifup=60 rd.net.dhcp.retry=4 quiet x=1';
  expect(await script(1)).toContain(words);
  ok('bootset', '-n', 'c001', '-b', 'diskless', '-i', 'compute');
  expect(await script(1)).toContain('console=ttyS0,115200 ||');
  expect(run('bootset', '-n', 'c002', '-b', 'disk', '-f', 'network').stderr).toContain('no interface');
  expect(run('bootset', '-n', 'c002', '-b', 'disk', '-f', 'magic').status).toBe(2);
  expect(run('bootset', '-n', 'c002', '-b', 'disk', '-e', 'a${b}').stderr).toContain('replaced by a setting');
});

test('a deployment is given out once, then the node boots its disk', async () => {
  expect(await script(2)).toContain('chain --replace --autofree http://10.0.0.1/compute.ipxe');
  expect(await script(2)).toContain('sanboot');
  expect(status()).toContain('Diskfull: c[002-004]\n');
});

test('-k shows the kickstart file', () => {
  expect(ok('bootset', '-n', 'c001', '-k')).toBe('install\n');
  expect(run('bootset', '-n', 'c[001-002]', '-k').status).toBeGreaterThan(0);
  expect(run('bootset', '-k').status).toBe(2);
  expect(run('bootset', '-n', 'c001').stderr).toContain('give -b, -s or -k');
});
