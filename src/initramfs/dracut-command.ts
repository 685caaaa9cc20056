/** How dracut is called: measured choices, see docs/benchmarks.md and dracut(8). */

/** Programs without which our dracut module cannot work. */
export const TOOLS = ['dracut', 'curl', 'openssl', 'ip', 'losetup', 'sha256sum'];

/** Where dracut looks for modules, and ours is shown to it: the last one, so that it can take away what others brought. */
export const MODULE_PATH = '/usr/lib/dracut/modules.d/99slipway';

/**
 * The argument vector. systemd alone brings the root up; none of dracut's network or
 * device-mapper modules is needed. `shells`: dracut's shell modules that the tree can feed.
 */
export function dracutCommand(
  version: string,
  modules: readonly string[],
  shells: readonly string[],
  output: string,
): string[] {
  return [
    'dracut', '--force', '--quiet', '--reproducible', '--no-hostonly', '--no-hostonly-cmdline', '--no-hostonly-default-device',
    '--no-early-microcode', '--no-machineid', '--nolvmconf', '--nomdadmconf', '--nofscks', '--ro-mnt', '--tmpdir', '/tmp',
    '--compress', 'zstd -9 -q -T0', '--modules', ['base', ...shells, 'systemd', 'systemd-initrd', 'udev-rules', 'slipway'].join(' '),
    ...(modules.length > 0 ? ['--add-drivers', modules.join(' '), '--force-drivers', modules.join(' ')] : []),
    '--kver', version, output,
  ]; // prettier-ignore
}
