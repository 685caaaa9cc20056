import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathsUnder, type Paths } from '../system/paths.ts';
import { hasKvmDevice, probeAccelerator, probeArguments } from './kvm-probe.ts';
import { PROBE_MARKER, probeInitramfs } from './probe-init.ts';

let root: string;
let paths: Paths;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'probe-'));
  paths = pathsUnder(root);
});
afterEach(async () => await rm(root, { recursive: true }));

/** A program in QEMU's place, which counts its boots. */
async function fakeQemu(boot: string): Promise<string> {
  const program = join(root, 'qemu');
  const text = `#!/bin/sh\n[ "$1" = --version ] && { echo "QEMU 1.0"; exit; }\necho boot >>${root}/boots\n${boot}\n`;
  await writeFile(program, text, { mode: 0o755 });
  return program;
}
const boots = async () => (await readFile(join(root, 'boots'), 'utf8')).split('\n').length - 1;

describe.runIf(await hasKvmDevice())('with /dev/kvm', () => {
  it('believes a program that ran in the guest, and asks once', async () => {
    const qemu = await fakeQemu(`echo '${PROBE_MARKER}'`);
    expect(await probeAccelerator(paths, qemu, '/kernel')).toMatchObject({ name: 'kvm' });
    expect(await probeAccelerator(paths, qemu, '/another')).toMatchObject({ name: 'kvm' });
    expect(await boots()).toBe(1);
  });

  it('does not believe a machine that ended without it, or failed', async () => {
    expect(await probeAccelerator(paths, await fakeQemu('echo SeaBIOS'), '/kernel')).toMatchObject({
      name: 'tcg',
    });
    await rm(paths.cache, { recursive: true });
    expect(await probeAccelerator(paths, await fakeQemu('exit 134'), '/kernel')).toMatchObject({
      name: 'tcg',
      why: expect.stringContaining('134') as string,
    });
  });

  it('gives up on a machine that hangs', { timeout: 30_000 }, async () => {
    const qemu = await fakeQemu('exec sleep 1000');
    expect(await probeAccelerator(paths, qemu, '/kernel')).toMatchObject({ name: 'tcg' });
  });

  it('asks again for another kernel, where one did not boot', async () => {
    const qemu = await fakeQemu('exit 1');
    for (const kernel of ['/one', '/one', '/two', '/two']) await probeAccelerator(paths, qemu, kernel);
    expect(await boots()).toBe(2);
  });

  it('asks again after an update of QEMU, and when the cache is broken', async () => {
    const qemu = await fakeQemu('exit 1');
    await probeAccelerator(paths, qemu, '/kernel');
    await writeFile(join(paths.cache, 'vm/kvm-probe.json'), '{"host":');
    await probeAccelerator(paths, qemu, '/kernel');
    const newer = (await readFile(qemu, 'utf8')).replace('QEMU 1.0', 'QEMU 2.0');
    await writeFile(qemu, newer);
    await probeAccelerator(paths, qemu, '/kernel');
    expect(await boots()).toBe(3);
  });

  it('stops on request and keeps no answer', async () => {
    const qemu = await fakeQemu('exec sleep 1000');
    const signal = AbortSignal.timeout(300);
    await expect(probeAccelerator(paths, qemu, '/kernel', signal)).rejects.toThrow();
    await expect(readFile(join(paths.cache, 'vm/kvm-probe.json'))).rejects.toThrow();
  });
});

it('boots the kernel with an init of our own', () => {
  const argv = probeArguments('qemu', { name: 'kvm', why: '' }, '/k', '/i');
  expect(argv.join(' ')).toContain('-accel kvm -cpu host');
  expect(argv.join(' ')).toContain('-kernel /k -initrd /i');
  expect(probeInitramfs().subarray(0, 6).toString()).toBe('070701');
});
