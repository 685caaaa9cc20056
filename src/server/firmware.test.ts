import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFirmware, firmwarePath } from './firmware.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'slipway-firmware-'))));
afterEach(() => rm(directory, { recursive: true }));

const put = (...names: string[]) => {
  for (const name of names) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), '');
  }
};

test('as Debian has them: snponly before ipxe', () => {
  put('undionly.kpxe', 'ipxe.efi', 'snponly.efi');
  expect(findFirmware(['/nonexistent', directory])).toEqual({
    directory,
    files: { bios: 'undionly.kpxe', x64: 'snponly.efi' },
  });
});

test('as RHEL-like systems have them: other names, arm64 in a directory of its own', () => {
  put('undionly.kpxe', 'ipxe-snponly-x86_64.efi', 'ipxe-x86_64.efi', 'arm64-efi/snponly.efi');
  const found = findFirmware([directory]);
  expect(found?.files).toEqual({
    bios: 'undionly.kpxe',
    x64: 'ipxe-snponly-x86_64.efi',
    arm64: 'arm64-efi/snponly.efi',
  });
});

test('nothing installed', () => expect(findFirmware([directory])).toBeUndefined());

test('a binary of another architecture does not take the place of one of the same name', () => {
  expect(firmwarePath('arm64-efi/snponly.efi')).not.toBe(firmwarePath('snponly.efi'));
});
