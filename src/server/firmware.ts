/** The iPXE binaries of the distribution: where they are, and `/boot/firmware/…` for UEFI HTTP boot. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Debian and Ubuntu; RHEL-like and SUSE. */
export const FIRMWARE_DIRECTORIES = ['/usr/lib/ipxe', '/usr/share/ipxe'];

/** snponly goes on with the firmware's own network driver, which has just been seen to work. */
const NAMES = {
  bios: ['undionly.kpxe'],
  x64: ['snponly.efi', 'ipxe-snponly-x86_64.efi', 'ipxe.efi', 'ipxe-x86_64.efi'],
  arm64: [
    'snponly-arm64.efi',
    'ipxe-snponly-arm64.efi',
    'arm64-efi/snponly.efi',
    'ipxe-arm64.efi',
    'arm64-efi/ipxe.efi',
  ],
} as const;

export type FirmwareKind = keyof typeof NAMES;

/** Binaries by kind, relative to `directory`, which is the TFTP root: only what the distribution put there is served. */
export interface Firmware {
  directory: string;
  files: Partial<Record<FirmwareKind, string>>;
}

/** Looks for the binaries; nothing if no directory has any. */
export function findFirmware(directories: readonly string[] = FIRMWARE_DIRECTORIES): Firmware | undefined {
  for (const directory of directories) {
    const files: Firmware['files'] = {};
    for (const kind of Object.keys(NAMES) as FirmwareKind[]) {
      const name = NAMES[kind].find((one) => existsSync(join(directory, one)));
      if (name) files[kind] = name;
    }
    if (Object.keys(files).length > 0) return { directory, files };
  }
  return undefined;
}

/** The URL path of a binary. */
export function firmwarePath(file: string): string {
  return `/boot/firmware/${file}`;
}

export function firmwareRoutes(app: FastifyInstance, firmware: Firmware | undefined): void {
  for (const file of Object.values(firmware?.files ?? {}))
    // Firmware asks for the length by HEAD first.
    app.route({
      method: ['GET', 'HEAD'],
      url: firmwarePath(file),
      handler: async (_, reply) => {
        const content = await readFile(join(firmware?.directory ?? '', file));
        return await reply.type('application/efi').header('content-length', content.length).send(content);
      },
    });
}
