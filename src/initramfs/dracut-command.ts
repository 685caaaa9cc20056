/** How dracut is called: measured choices, see docs/benchmarks.md and dracut(8). */
import type { Compression } from '../build/kernel-config.ts';
import type { Kind } from './kinds.ts';

/** Programs without which our dracut module cannot work. */
export const TOOLS = ['dracut', 'curl', 'openssl', 'ip', 'losetup', 'sha256sum'];

export interface DracutOptions {
  kind: Kind;
  /** Kernel version. */
  version: string;
  /** Kernel modules to load. */
  load: readonly string[];
  /** dracut modules that the tree can feed: shells, and those of the kind that are there. */
  modules: readonly string[];
  output: string;
  /** What packs it, a program with its options; default: zstd. */
  compress?: string;
  /** Options that this dracut knows, with `--`; without it all are used. */
  known?: ReadonlySet<string>;
}

/** Reproducible whatever the number of processors: -T2, since xz with one thread packs otherwise. The kernel knows only crc32. linux/Documentation/staging/xz.rst */
export const COMPRESS: Record<Compression, string> = {
  zstd: 'zstd -9 -q -T0',
  gzip: 'gzip -n -6',
  xz: 'xz --check=crc32 --lzma2=dict=1MiB -T2',
};

/** Not in every release: what one does not know it does not do either. dracut 049 has no --no-machineid. */
const WHERE_KNOWN = [
  '--reproducible', '--no-hostonly-cmdline', '--no-hostonly-default-device', '--no-early-microcode', '--no-machineid',
  '--nolvmconf', '--nomdadmconf', '--nofscks', '--ro-mnt',
]; // prettier-ignore

/** The argument vector. systemd alone brings the root up; the layered kind needs none of dracut's network or device-mapper modules. */
export function dracutCommand(options: DracutOptions): string[] {
  const { kind, version, load, modules, output, compress = COMPRESS.zstd, known } = options;
  const drivers = [...kind.drivers, ...load];
  return [
    'dracut', '--force', '--quiet', '--no-hostonly', ...WHERE_KNOWN.filter((option) => known?.has(option) ?? true),
    '--tmpdir', '/tmp', '--compress', compress, '--modules', modules.join(' '),
    ...(kind.omit.length > 0 ? ['--omit', kind.omit.join(' ')] : []),
    ...(drivers.length > 0 ? ['--add-drivers', drivers.join(' ')] : []),
    ...(load.length > 0 ? ['--force-drivers', load.join(' ')] : []),
    '--kver', version, output,
  ]; // prettier-ignore
}
