/**
 * Small kernels that boot nothing: a header as the boot protocol of x86 has it, and modules that are ELF
 * files with a `.modinfo` section, so that the real modinfo and depmod read them.
 */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** bzImage. Linux: Documentation/arch/x86/boot.rst. `build` makes another file of the same version. */
export function fakeKernel(version: string | undefined, build = ''): Buffer {
  const file = Buffer.alloc(8192);
  file.writeUInt8(4, 0x1f1);
  file.writeUInt16LE(0xaa55, 0x1fe);
  file.write('HdrS', 0x202, 'latin1');
  file.writeUInt16LE(0x020f, 0x206);
  file.writeUInt16LE(1, 0x236);
  if (version !== undefined) {
    file.writeUInt16LE(0x400 - 0x200, 0x20e);
    file.write(`${version} (builder@host) #1 SMP\0`, 0x400, 'latin1');
  }
  file.write(build, 0x1000, 'latin1');
  return file;
}

/** ELF64, relocatable, with the two sections `.modinfo` and `.shstrtab`. elf(5) */
export function fakeModule(name: string, version: string): Buffer {
  const info = Buffer.from(
    [`name=${name}`, 'license=GPL', `vermagic=${version} SMP mod_unload `, ''].join('\0'),
  );
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const header = Buffer.alloc(64);
  Buffer.from('\x7fELF\x02\x01\x01', 'latin1').copy(header);
  header.writeUInt16LE(1, 16); // ET_REL
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(3, 60);
  header.writeUInt16LE(2, 62);
  const body = Buffer.concat([header, info, names]);
  const table = Math.ceil(body.length / 8) * 8;
  header.writeBigUInt64LE(BigInt(table), 40);
  const sections = [
    section(0, 0, 0, 0),
    section(1, 1, header.length, info.length),
    section(10, 3, header.length + info.length, names.length),
  ];
  return Buffer.concat([header, info, names, Buffer.alloc(table - body.length), ...sections]);
}

function section(name: number, type: number, offset: number, size: number): Buffer {
  const entry = Buffer.alloc(64);
  entry.writeUInt32LE(name, 0);
  entry.writeUInt32LE(type, 4);
  entry.writeBigUInt64LE(BigInt(offset), 24);
  entry.writeBigUInt64LE(BigInt(size), 32);
  entry.writeBigUInt64LE(1n, 48);
  return entry;
}

export interface FakeParts {
  /** Modules, `dummy` besides; default: what a boot needs. */
  modules?: readonly string[];
  /** Makes kernel and modules of another build of the same version. */
  build?: string;
  /** Options of its configuration that are built in, without `CONFIG_`. */
  config?: readonly string[];
}

/** `lib/modules/VERSION` below `root`, without what depmod makes. */
export async function fakeModules(root: string, version: string, parts: FakeParts = {}): Promise<string> {
  const directory = join(root, 'usr/lib/modules', version);
  await mkdir(join(directory, 'kernel/fs'), { recursive: true });
  for (const name of parts.modules ?? ['overlay', 'loop', 'squashfs'])
    await writeFile(join(directory, 'kernel/fs', `${name}.ko`), fakeModule(name, version));
  const dummy = Buffer.concat([fakeModule('dummy', version), Buffer.from(parts.build ?? '')]);
  await writeFile(join(directory, 'kernel/dummy.ko'), dummy);
  for (const list of ['modules.order', 'modules.builtin']) await writeFile(join(directory, list), '');
  return directory;
}

/** A root tree with a kernel, as a distribution installs it. */
export async function fakeRoot(root: string, version: string, parts: FakeParts = {}): Promise<string> {
  const modules = await fakeModules(root, version, parts);
  await symlink('usr/lib', join(root, 'lib')).catch(() => {});
  await mkdir(join(root, 'boot'), { recursive: true });
  await writeFile(join(root, `boot/vmlinuz-${version}`), fakeKernel(version, parts.build));
  if (parts.config) {
    const lines = parts.config.map((option) => `CONFIG_${option}=y\n`);
    await writeFile(join(root, `boot/config-${version}`), lines.join(''));
  }
  // As packages of headers and of depmod leave them.
  await symlink(`/usr/src/linux-headers-${version}`, join(modules, 'build')).catch(() => {});
  return root;
}
