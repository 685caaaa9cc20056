/** How dracut is called: measured choices, see docs/benchmarks.md and dracut(8). */
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
}

/** The argument vector. systemd alone brings the root up; the layered kind needs none of dracut's network or device-mapper modules. */
export function dracutCommand({ kind, version, load, modules, output }: DracutOptions): string[] {
  const drivers = [...kind.drivers, ...load];
  return [
    'dracut', '--force', '--quiet', '--reproducible', '--no-hostonly', '--no-hostonly-cmdline', '--no-hostonly-default-device',
    '--no-early-microcode', '--no-machineid', '--nolvmconf', '--nomdadmconf', '--nofscks', '--ro-mnt', '--tmpdir', '/tmp',
    '--compress', 'zstd -9 -q -T0', '--modules', modules.join(' '),
    ...(kind.omit.length > 0 ? ['--omit', kind.omit.join(' ')] : []),
    ...(drivers.length > 0 ? ['--add-drivers', drivers.join(' ')] : []),
    ...(load.length > 0 ? ['--force-drivers', load.join(' ')] : []),
    '--kver', version, output,
  ]; // prettier-ignore
}
