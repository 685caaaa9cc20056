import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findQemu, findUefi } from './firmware.ts';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'firmware-'))));
afterEach(async () => await rm(directory, { recursive: true }));
const file = async (name: string, mode = 0o644) => {
  await writeFile(join(directory, name), '', { mode });
  return join(directory, name);
};

describe('findQemu', () => {
  it('takes the first that can be run', async () => {
    const program = await file('qemu-kvm', 0o755);
    expect(await findQemu([join(directory, 'none'), await file('no-program'), program])).toBe(program);
  });

  it('names what it looked for', async () => {
    const missing = join(directory, 'qemu');
    await expect(findQemu([missing])).rejects.toMatchObject({
      code: 'vm/no-qemu',
      why: expect.stringContaining(missing) as string,
    });
  });
});

describe('findUefi', () => {
  it('takes code and variables of one pair only', async () => {
    const half = { code: await file('a-code'), vars: join(directory, 'a-vars') };
    const whole = { code: await file('b-code'), vars: await file('b-vars') };
    expect(await findUefi([half, whole])).toEqual(whole);
  });

  it('names what it looked for', async () => {
    const pair = { code: join(directory, 'code'), vars: join(directory, 'vars') };
    await expect(findUefi([pair])).rejects.toMatchObject({ code: 'vm/no-firmware' });
  });
});
