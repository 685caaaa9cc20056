import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  compressorOf,
  kernelConfig,
  parseKernelConfig,
  requireMountable,
  unpacks,
  usualCompressor,
  usualCompressorOf,
} from './kernel-config.ts';

const EL8 = `#
# Linux/x86_64 4.18.0-553.el8_10.x86_64 Kernel Configuration
CONFIG_RD_GZIP=y
CONFIG_RD_XZ=y
CONFIG_SQUASHFS=m
CONFIG_SQUASHFS_ZLIB=y
CONFIG_SQUASHFS_XZ=y
# CONFIG_SQUASHFS_ZSTD is not set
CONFIG_LOCALVERSION=""
CONFIG_NR_CPUS=8192
`;

test('a configuration is read beside the modules or in /boot, inside the tree only', async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-config-'));
  try {
    expect(await kernelConfig(root, '4.18.0')).toBeUndefined();
    await mkdir(join(root, 'usr/lib/modules/4.18.0'), { recursive: true });
    await mkdir(join(root, 'boot'));
    await writeFile(join(root, 'boot/config-4.18.0'), EL8);
    const config = await kernelConfig(root, '4.18.0');
    expect(config?.has('SQUASHFS_XZ')).toBe(true);
    expect(config?.has('SQUASHFS_ZSTD')).toBe(false);
    expect(config?.has('NR_CPUS')).toBe(false);
    await writeFile(join(root, 'usr/lib/modules/4.18.0/config'), 'CONFIG_SQUASHFS_LZ4=m\n');
    expect(await kernelConfig(root, '4.18.0')).toEqual(new Set(['SQUASHFS_LZ4']));
    await rm(join(root, 'usr/lib/modules'), { recursive: true });
    await rm(join(root, 'boot'), { recursive: true });
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside/config-4.18.0'), EL8);
    await mkdir(join(root, 'tree'));
    await symlink(join(root, 'outside'), join(root, 'tree/boot'));
    expect(await kernelConfig(join(root, 'tree'), '4.18.0')).toBeUndefined();
  } finally {
    await rm(root, { recursive: true });
  }
});

test('what a kernel unpacks: by its configuration, else by its age', () => {
  const config = parseKernelConfig(EL8);
  expect(['zstd', 'gzip', 'xz'].map((one) => unpacks(one as 'zstd', '4.18.0', config))).toEqual([
    false,
    true,
    true,
  ]);
  // A vendor's kernel may have what came later.
  expect(unpacks('zstd', '5.4.0', parseKernelConfig('CONFIG_RD_ZSTD=y\n'))).toBe(true);
  expect(unpacks('zstd', '5.8.18-1.el8')).toBe(false);
  expect(unpacks('zstd', '5.9.0')).toBe(true);
  expect(unpacks('zstd', '6.1.0-56-cloud-amd64')).toBe(true);
  expect(unpacks('zstd', '4.19.0-27-amd64')).toBe(false);
  expect(unpacks('gzip', '4.19.0-27-amd64')).toBe(true);
});

test.each([
  [{ ID: 'rocky', VERSION_ID: '8.10', PLATFORM_ID: 'platform:el8' }, 'gzip'],
  [{ ID: 'rhel', VERSION_ID: '8.10' }, 'gzip'],
  [{ ID: 'centos', VERSION_ID: '7' }, 'gzip'],
  [{ ID: 'amzn', VERSION_ID: '2' }, 'gzip'],
  [{ ID: 'amzn', VERSION_ID: '2023', PLATFORM_ID: 'platform:al2023' }, 'zstd'],
  [{ ID: 'almalinux', VERSION_ID: '9.4', PLATFORM_ID: 'platform:el9' }, 'zstd'],
  [{ ID: 'rhel', VERSION_ID: '10.0', PLATFORM_ID: 'platform:el10' }, 'zstd'],
  [{ ID: 'fedora', VERSION_ID: '8' }, 'zstd'],
  [{ ID: 'debian', VERSION_ID: '12' }, 'zstd'],
  [{}, 'zstd'],
])('%o is packed by %s', (system, compressor) => {
  expect(usualCompressor(system)).toBe(compressor);
});

test('a kernel alone tells by its version', () => {
  expect(usualCompressorOf('4.18.0-553.el8_10.x86_64')).toBe('gzip');
  expect(usualCompressorOf('4.14.355-275.572.amzn2.x86_64')).toBe('gzip');
  expect(usualCompressorOf('6.1.119-129.201.amzn2023.x86_64')).toBe('zstd');
  expect(usualCompressorOf('5.14.0-427.el9.x86_64')).toBe('zstd');
  expect(usualCompressorOf('6.1.0-56-cloud-amd64')).toBe('zstd');
});

test('defect 16: layers that the kernel cannot mount are an error that names the key', () => {
  const config = parseKernelConfig(EL8);
  const layer = { format: 'squashfs', title: 'base' } as const;
  expect(() => requireMountable('4.18.0', config, [{ ...layer, compressor: 'gzip' }, { ...layer, compressor: 'xz' }])).not.toThrow(); // prettier-ignore
  const failure = (layers: Parameters<typeof requireMountable>[2], of = config) => {
    try {
      requireMountable('4.18.0', of, layers);
    } catch (error) {
      const { code, message, why, todo } = error as { code: string; message: string; why: string; todo: string }; // prettier-ignore
      return [code, message, why, todo].join('\n');
    }
    return '';
  };
  expect(failure([{ ...layer, compressor: 'zstd' }])).toMatch(/build\/kernel-cannot-mount\n.*4\.18\.0.*base.*\n.*CONFIG_SQUASHFS_ZSTD,.*\nSet pack\.compressor: gzip/); // prettier-ignore
  // Images of before have no note of it: zstd.
  expect(failure([layer])).toContain('CONFIG_SQUASHFS_ZSTD');
  expect(failure([{ format: 'erofs', title: 'acl' }])).toMatch(
    /CONFIG_EROFS_FS,.*\nSet pack\.format: squashfs/,
  );
  expect(failure([layer], parseKernelConfig('CONFIG_EROFS_FS=m'))).toMatch(/CONFIG_SQUASHFS,.*\nSet pack\.format: erofs/); // prettier-ignore
  expect(compressorOf([{ format: 'erofs' }, { format: 'squashfs', compressor: 'gzip' }])).toBe('gzip');
  expect(compressorOf([])).toBe('zstd');
});
