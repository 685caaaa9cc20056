import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeKernel } from '../../test/support/kernel.ts';
import { readKernelFile } from './kernel-file.ts';
import { checkVersion, versionInName } from './version.ts';

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'slipway-kernel-'))));
afterAll(async () => await rm(directory, { recursive: true }));

async function read(content: Buffer): Promise<unknown> {
  const file = join(directory, 'vmlinuz');
  await writeFile(file, content);
  return await readKernelFile(file).catch((error: { code?: string }) => error.code);
}

const changed = (change: (kernel: Buffer) => void): Buffer => {
  const kernel = fakeKernel('6.1.0-1-amd64');
  change(kernel);
  return kernel;
};

describe('the header of a kernel', () => {
  it('tells the version of an x86 kernel, as far as uname -r goes', async () => {
    expect(await read(fakeKernel('4.18.0-305.el8.x86_64'))).toEqual({
      architecture: 'amd64',
      version: '4.18.0-305.el8.x86_64',
    });
    expect(await read(fakeKernel('6.12.1+deb12-cloud-amd64'))).toMatchObject({
      version: '6.12.1+deb12-cloud-amd64',
    });
  });

  it('tells no version where there is none, or where its place cannot be', async () => {
    expect(await read(fakeKernel(undefined))).toEqual({ architecture: 'amd64' });
    expect(await read(changed((k) => k.writeUInt16LE(0xfff0, 0x20e)))).toEqual({ architecture: 'amd64' });
  });

  it('knows kernels of arm64, plain and in an EFI envelope', async () => {
    const plain = Buffer.alloc(8192);
    plain.write('ARM\x64', 0x38, 'latin1');
    expect(await read(plain)).toEqual({ architecture: 'arm64' });
    const zboot = Buffer.alloc(8192);
    zboot.write('MZ\0\0zimg', 0, 'latin1');
    zboot.writeUInt32LE(0x80, 0x3c);
    zboot.writeUInt16LE(0xaa64, 0x84);
    expect(await read(zboot)).toEqual({ architecture: 'arm64' });
    zboot.writeUInt16LE(0x5064, 0x84);
    expect(await read(zboot)).toBe('kernels/not-a-kernel');
    zboot.writeUInt32LE(0xfffffff0, 0x3c);
    expect(await read(zboot)).toBe('kernels/not-a-kernel');
  });

  it.each([
    ['a text', Buffer.from('root:$6$secret:1::::::\n'.repeat(400))],
    ['an empty file', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(8192)],
    ['a kernel for 32 bits', changed((k) => k.writeUInt16LE(0, 0x236))],
    ['a kernel before protocol 2.12', changed((k) => k.writeUInt16LE(0x0200, 0x206))],
    ['a kernel without boot signature', changed((k) => k.writeUInt16LE(0, 0x1fe))],
    ['a version that leads elsewhere', fakeKernel('../../../etc')],
    ['a version of more than a name can have', fakeKernel('6'.repeat(200))],
  ])('refuses %s', async (_name, content) => {
    expect(await read(content)).toBe('kernels/not-a-kernel');
  });

  it('follows no link, opens no pipe and no device', async () => {
    const link = join(directory, 'link');
    await symlink('/etc/shadow', link);
    await expect(readKernelFile(link)).rejects.toMatchObject({ code: 'kernels/not-a-kernel' });
    await expect(readKernelFile('/dev/zero')).rejects.toMatchObject({ code: 'kernels/not-a-kernel' });
  });

  it('whatever stands in it: an answer or this one error', async () => {
    const kernel = fakeKernel('6.1.0-1-amd64');
    for (let round = 0; round < 300; round++) {
      const mutant = Buffer.from(kernel);
      for (let i = 0; i < 20; i++)
        mutant.writeUInt8((round * 31 + i * 7) & 0xff, (round * 97 + i * 211) % 0x500);
      const answer = await read(mutant);
      if (answer !== 'kernels/not-a-kernel') expect(answer).toHaveProperty('architecture');
    }
  });
});

describe('versions', () => {
  it('are never a way to another directory', () => {
    for (const version of ['..', '../x', 'a/b', '', '.hidden', '-x', 'a b', 'a\nb', 'x'.repeat(129)])
      expect(() => checkVersion(version)).toThrow(/is not a kernel version/);
    expect(checkVersion('6.12.117+deb12-cloud-amd64')).toBe('6.12.117+deb12-cloud-amd64');
  });

  it('are read from names of files', () => {
    expect(versionInName('vmlinuz-4.18.0-305.el8.x86_64')).toBe('4.18.0-305.el8.x86_64');
    expect(versionInName('vmlinuz')).toBeUndefined();
    expect(versionInName('vmlinuz-../../x')).toBeUndefined();
  });
});
