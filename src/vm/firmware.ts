/** Where the distributions keep QEMU and the UEFI firmware for it. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { fail } from './errors.ts';

/** Debian and SUSE; RHEL-like (outside of PATH). */
const QEMU_PROGRAMS = [
  '/usr/bin/qemu-system-x86_64',
  '/usr/local/bin/qemu-system-x86_64',
  '/usr/libexec/qemu-kvm',
  '/usr/bin/qemu-kvm',
] as const;

export interface UefiFirmware {
  /** Code, used read-only. */
  code: string;
  /** Template of the variable store: each machine gets a copy. */
  vars: string;
}

/**
 * Pairs of one flash size; without Secure Boot, which iPXE's binaries are not signed for.
 * Debian and Ubuntu: ovmf. RHEL-like: edk2-ovmf. SUSE: qemu-ovmf-x86_64.
 */
const UEFI_FIRMWARE: readonly UefiFirmware[] = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.fd', vars: '/usr/share/OVMF/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', vars: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  { code: '/usr/share/qemu/ovmf-x86_64-4m-code.bin', vars: '/usr/share/qemu/ovmf-x86_64-4m-vars.bin' },
  { code: '/usr/share/qemu/ovmf-x86_64-code.bin', vars: '/usr/share/qemu/ovmf-x86_64-vars.bin' },
];

const usable = async (path: string, mode: number) =>
  await access(path, mode).then(
    () => true,
    () => false,
  );

/** Absolute path of QEMU. @throws SlipwayError `vm/no-qemu` */
export async function findQemu(programs: readonly string[] = QEMU_PROGRAMS): Promise<string> {
  for (const path of programs) if (await usable(path, constants.X_OK)) return path;
  throw fail('no-qemu', { architecture: 'x86-64', tried: programs.join(', ') });
}

/** @throws SlipwayError `vm/no-firmware` */
export async function findUefi(pairs: readonly UefiFirmware[] = UEFI_FIRMWARE): Promise<UefiFirmware> {
  for (const pair of pairs)
    if ((await usable(pair.code, constants.R_OK)) && (await usable(pair.vars, constants.R_OK))) return pair;
  throw fail('no-firmware', { tried: pairs.map((pair) => pair.code).join(', ') });
}
