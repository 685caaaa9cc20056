/** Modes from an outside directory, as docs/guide/writing-a-mode.md tells it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let directory: string;
beforeEach(async () => {
  here = await temporaryInstallation();
  const { etc, root } = here.installation.paths;
  directory = join(root, 'modes');
  mkdirSync(etc, { recursive: true });
  mkdirSync(directory, { mode: 0o755 });
  writeFileSync(join(etc, 'config.yml'), `modes: ${directory}\n`);
  for (const name of ['hello.js', 'frugal.js'])
    copyFileSync(resolve('examples/modes', name), join(directory, name));
  await publishNoise(here.installation.paths, 'compute', 4096);
  run('node', 'add', 'n1', '--mac', '52:54:00:00:00:01');
});
afterEach(() => here[Symbol.asyncDispose]());

function run(...args: string[]) {
  const env = { ...process.env, SLIPWAY_ROOT: here.installation.paths.root, NO_COLOR: '1', LANG: 'C.UTF-8' };
  return spawnSync(resolve('bin/slipway'), args, {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the two examples work', () => {
  expect(run('publish', 'compute', '--mode', 'hello').stderr).toContain(
    'hello: compute:1 needs nothing made',
  );
  expect(run('boot', 'set', 'n1', '-i', 'compute', '--mode', 'frugal')).toMatchObject({
    status: 0,
    stderr: '',
  });
  const { stdout } = run('boot', 'show', 'n1', '--ipxe');
  expect(stdout).toContain('mode frugal');
  expect(stdout).toContain('sysctl.vm.dirty_background_ratio=1');
});

test.each([
  ['not JavaScript', 'export default {', 'is no mode'],
  ['throws', 'throw new Error("on purpose")', 'on purpose'],
  ['nothing exported', 'export const x = 1;', 'is no mode'],
  ['half of it', 'export default { name: "half" };', 'description'],
  [
    'a name of ours',
    'export default (t) => ({ name: "ram", description: "x", bootable: true, keepsReading: false, takes: [], check() {}, publish() {}, unpublish() {}, boot() {}, nodeConf() {}, estimate() {} });',
    'the name ram is taken',
  ],
])('a file that is wrong is named: %s', (_, text, message) => {
  writeFileSync(join(directory, 'wrong.mjs'), text);
  const { status, stderr } = run('image', 'ls');
  expect(status).toBe(1);
  expect(stderr).toContain('error[mode/not-a-mode]');
  expect(stderr).toContain('wrong.mjs');
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});

test('what others than root can change is not run', () => {
  const file = join(directory, 'evil.js');
  const proof = join(here.installation.paths.root, 'proof');
  const refused = () => {
    expect(run('image', 'ls').stderr).toContain('error[mode/untrusted]');
    expect(() => rmSync(proof)).toThrow();
  };
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(proof)}, ''); export default {};`,
  );
  chmodSync(file, 0o666);
  refused();
  chmodSync(file, 0o644);
  chownSync(file, 1234, 0);
  refused();
  chownSync(file, 0, 0);
  chmodSync(directory, 0o777);
  refused();
});

test('a directory that is not there is said', () => {
  rmSync(directory, { recursive: true });
  expect(run('image', 'ls').stderr).toContain('no such file or directory');
});
