/**
 * A program on the administrator's terminal could type there for him: ioctl TIOCSTI and
 * TIOCLINUX put characters into its input. This seccomp filter refuses both, as bwrap(1) advises
 * where no new session is made. Classic BPF over struct seccomp_data, linux/seccomp.h.
 */

/** Architectures (linux/audit.h) with the numbers that ioctl has there; x86-64 also for its x32 programs. */
const IOCTL: [arch: number, numbers: number[]][] = [
  [0xc000003e, [16, 0x40000000 + 514]], // x86-64
  [0x40000003, [54]], // i386
  [0xc00000b7, [29]], // aarch64
  [0x40000028, [54]], // arm
];
const REFUSED = [0x5412, 0x541c];

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const REFUSE = 0x00050001; // EPERM

type Line = [code: number, yes: number, no: number, value: number];

/** The filter as bwrap --seccomp reads it: 8 bytes an instruction; all of these machines are little-endian. */
export function terminalFilter(): Uint8Array {
  // The low half of the second argument: the kernel looks at no more of it.
  const tail: Line[] = [
    [LOAD, 0, 0, 24],
    ...REFUSED.map((value, i): Line => [JUMP_IF_EQUAL, REFUSED.length - i, 0, value]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ];
  // What other architectures come to: nothing is known of their numbers.
  let middle: Line[] = [[RETURN, 0, 0, ALLOW]];
  for (const [arch, numbers] of IOCTL.toReversed()) {
    const block: Line[] = [
      [LOAD, 0, 0, 0],
      ...numbers.map((number, i): Line => [JUMP_IF_EQUAL, numbers.length - i + middle.length, 0, number]),
      [RETURN, 0, 0, ALLOW],
    ];
    middle = [[LOAD, 0, 0, 4], [JUMP_IF_EQUAL, 0, block.length, arch], ...block, ...middle];
  }
  const lines = [...middle, ...tail];
  const bytes = Buffer.alloc(lines.length * 8);
  for (const [i, [code, yes, no, value]] of lines.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(yes, i * 8 + 2);
    bytes.writeUInt8(no, i * 8 + 3);
    bytes.writeUInt32LE(value, i * 8 + 4);
  }
  return bytes;
}
