/** What a kernel's file says of itself: its kind, for which processors it is, and on x86 its version. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fail } from './errors.ts';
import { isVersion } from './version.ts';

export interface KernelFile {
  architecture: 'amd64' | 'arm64';
  /** As `uname -r` will say, where the header has it. */
  version?: string;
}

/** No kernel is larger, and none is smaller than its header. */
const LARGEST = 512 << 20;
const HEADER = 4096;

/**
 * Reads the header. @param label for messages
 * @throws SlipwayError `kernels/not-a-kernel`
 */
export async function readKernelFile(path: string, label = path): Promise<KernelFile> {
  const refuse = (reason: string) => fail('not-a-kernel', { file: label, reason });
  const opened = open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  await using file = await opened.catch((cause: Error) => {
    throw fail('not-a-kernel', { file: label, reason: `It cannot be read: ${cause.message}` }, { cause });
  });
  const info = await file.stat();
  if (!info.isFile()) throw refuse('It is not a regular file.');
  if (info.size < HEADER || info.size > LARGEST) throw refuse(`It has ${info.size} bytes.`);
  const head = await bytesAt(file, 0, HEADER);
  if (head.toString('latin1', 0x202, 0x206) === 'HdrS') return await x86(file, head, refuse);
  if (head.toString('latin1', 0x38, 0x3c) === 'ARM\x64') return { architecture: 'arm64' };
  if (head.toString('latin1', 0, 2) === 'MZ' && head.toString('latin1', 4, 8) === 'zimg')
    return zboot(head, refuse);
  throw refuse('It is neither an x86 bzImage nor an arm64 Image nor an EFI zboot image.');
}

/** bzImage. Linux: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header" */
async function x86(file: FileHandle, head: Buffer, refuse: (reason: string) => Error): Promise<KernelFile> {
  if (head.readUInt16LE(0x1fe) !== 0xaa55) throw refuse('Its boot sector has no signature.');
  // Protocol 2.12 has xloadflags; bit 0: it has an entry point of 64 bits.
  if (head.readUInt16LE(0x206) < 0x020c || (head.readUInt16LE(0x236) & 1) === 0)
    throw refuse('It is a kernel for processors of 32 bits.');
  const pointer = head.readUInt16LE(0x20e);
  const sectors = head.readUInt8(0x1f1) || 4;
  if (pointer === 0 || pointer >= sectors * 0x200) return { architecture: 'amd64' };
  const text = (await bytesAt(file, pointer + 0x200, 256)).toString('latin1').split('\0')[0] ?? '';
  const version = text.split(' ')[0] ?? '';
  if (!isVersion(version)) throw refuse('The version in its header cannot be a directory of modules.');
  return { architecture: 'amd64', version };
}

/** EFI zboot: a PE file around a packed kernel. Linux: drivers/firmware/efi/libstub/zboot-header.S */
function zboot(head: Buffer, refuse: (reason: string) => Error): KernelFile {
  const pe = head.readUInt32LE(0x3c);
  const machine = pe + 6 <= head.length ? head.readUInt16LE(pe + 4) : 0;
  if (machine === 0xaa64) return { architecture: 'arm64' };
  if (machine === 0x8664) return { architecture: 'amd64' };
  throw refuse(`It is for processors of the kind 0x${machine.toString(16)}.`);
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
