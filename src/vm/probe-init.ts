/**
 * The guest of the probe: an initramfs with one program, written as machine code
 * so that nothing has to be installed or compiled. It prints a line and reboots.
 */
import { cpio } from '../boot/cpio.ts';

/** What the guest prints once it runs in user mode. */
export const PROBE_MARKER = 'slipway: a program runs';

export function probeInitramfs(): Buffer {
  return cpio([{ path: 'init', mode: 0o755, content: program(`${PROBE_MARKER}\n`) }]);
}

/** Where the file is mapped, whole. */
const BASE = 0x400000;
const HEADERS = 64 + 56;

/** A static x86-64 program: write(1, text), reboot(RB_AUTOBOOT). elf(5), syscall(2), reboot(2). */
function program(text: string): Buffer {
  const data = Buffer.from(text, 'latin1');
  const code = Buffer.concat([
    bytes('b801000000'), // mov eax, 1 (write)
    bytes('bf01000000'), // mov edi, 1
    bytes('488d351f000000'), // lea rsi, [rip+31]: the text, behind the code
    bytes('ba'), // mov edx, length
    uint32(data.length),
    bytes('0f05'), // syscall
    bytes('b8a9000000'), // mov eax, 169 (reboot)
    bytes('bfaddee1fe'), // mov edi, LINUX_REBOOT_MAGIC1
    bytes('be69191228'), // mov esi, LINUX_REBOOT_MAGIC2
    bytes('ba67452301'), // mov edx, LINUX_REBOOT_CMD_RESTART
    bytes('0f05'), // syscall
    bytes('ebfe'), // jmp to itself
  ]);
  const size = HEADERS + code.length + data.length;
  const elf = Buffer.concat([
    bytes('7f454c46020101'), // magic, 64 bit, little-endian, version 1
    Buffer.alloc(9),
    bytes('02003e0001000000'), // executable, x86-64, version 1
    uint64(BASE + HEADERS), // entry
    uint64(64), // program headers
    uint64(0), // no section headers
    bytes('00000000400038000100000000000000'), // flags; sizes and counts of headers
    bytes('0100000005000000'), // load; readable, executable
    uint64(0), // offset in the file
    uint64(BASE),
    uint64(BASE),
    uint64(size),
    uint64(size),
    uint64(0x1000), // alignment
  ]);
  return Buffer.concat([elf, code, data]);
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}
