/** `slipway doctor`'s work: what this host can build, serve and boot, and what to install for the rest. */
import type { Installation } from '../system/config.ts';
import { task, type Sink } from '../system/events.ts';
import { describeHost } from './host.ts';
import { tryKernel } from './kernel.ts';
import { tryMachine } from './machine.ts';
import { tryNfs } from './nfs.ts';
import { trySite } from './site.ts';
import { find, installCommands, nameOf, needs } from './needs.ts';
import { toolVersion } from './tools.ts';
import type { Area, Check, Diagnosis, Host, Need } from './types.ts';

/** What depends on installed programs alone. The ids are those of scripts/needs.txt. */
const ABILITIES: { id: string; area: Area; title: string }[] = [
  { id: 'everything', area: 'host', title: 'basic programs' },
  { id: 'build-debian', area: 'build', title: 'from Debian and Ubuntu archives' },
  { id: 'build-redhat', area: 'build', title: 'from RPM repositories' },
  { id: 'build-archive', area: 'build', title: 'from tar archives' },
  { id: 'build-directory', area: 'build', title: 'from directories' },
  { id: 'build-oci', area: 'build', title: 'from container images' },
  { id: 'build-host', area: 'build', title: 'from running machines' },
  { id: 'label-selinux', area: 'build', title: 'labels of SELinux' },
  { id: 'pack-squashfs', area: 'build', title: 'layers as squashfs' },
  { id: 'pack-erofs', area: 'build', title: 'layers as erofs' },
  { id: 'publish-livenet', area: 'build', title: 'live images for mode livenet' },
  { id: 'kernels', area: 'build', title: 'kernels into the pool' },
  { id: 'kernel-packages', area: 'build', title: 'kernels from .deb and .rpm' },
  { id: 'initramfs-host', area: 'build', title: 'an initramfs without an image' },
  { id: 'registry', area: 'build', title: 'images from and to registries' },
  { id: 'serve', area: 'serve', title: 'images and boot scripts by HTTP' },
  { id: 'dhcp', area: 'serve', title: 'DHCP, TFTP and iPXE' },
  { id: 'push-trees', area: 'serve', title: 'trees pushed to other NFS servers' },
  { id: 'https', area: 'serve', title: 'HTTPS with a certificate of its own' },
  { id: 'test-bios', area: 'boot', title: 'boot tests with BIOS firmware' },
  { id: 'test-uefi', area: 'boot', title: 'boot tests with UEFI firmware' },
];
/** Less than this and a build of a usual image will not end. */
const ENOUGH_DISK = 4 << 30;

export async function diagnose(
  installation: Installation,
  sink: Sink,
  signal?: AbortSignal,
): Promise<Diagnosis> {
  const { paths } = installation;
  const host = await describeHost(paths);
  const found = needs('run', 'more').map((need) => ({ need, path: find(need) }));
  const missing = found.filter(({ path }) => path === undefined).map(({ need }) => need);

  const kernel = await task(sink, 'namespaces, overlay, squashfs', () => tryKernel(paths, signal));
  const nfs = await task(sink, 'NFS', () => tryNfs(installation));
  const machine = await task(sink, 'virtual machines', () => tryMachine(paths, signal));
  const programs = [
    ...new Set(found.flatMap(({ path }) => (path && !/\.(rom|fd|bin|efi|kpxe)$/.test(path) ? [path] : []))),
  ];
  const tools = await task(sink, 'versions of programs', () =>
    Promise.all(programs.map((path) => toolVersion(path, signal))),
  );

  const checks = [
    ...hostChecks(host),
    ...kernel,
    ...ABILITIES.map((ability) => installed(ability, missing)),
    ...nfs,
    ...(await trySite(paths)),
    machine,
  ];
  return {
    ready: isReady(checks),
    host,
    checks,
    tools: tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    missing: missing.map((need) => ({
      probe: nameOf(need),
      package: host.family && need.packages[host.family],
      for: need.for,
    })),
    install: installCommands(missing),
  };
}

/** Some source to build from, squashfs, and everything that serving nodes needs. */
export function isReady(checks: readonly Check[]): boolean {
  const works = (id: string) => checks.some((check) => check.id === id && check.state !== 'no');
  return (
    ['everything', 'root', 'namespaces', 'overlay', 'pack-squashfs', 'serve', 'dhcp'].every(works) &&
    ['build-debian', 'build-redhat', 'build-archive', 'build-directory'].some(works)
  );
}

function installed(ability: { id: string; area: Area; title: string }, missing: readonly Need[]): Check {
  const lacking = missing.filter((need) => need.for === ability.id).map(nameOf);
  return lacking.length > 0
    ? { ...ability, state: 'no', detail: `missing: ${lacking.join(', ')}` }
    : { ...ability, state: 'ok', detail: 'everything is installed' };
}

function hostChecks(host: Host): Check[] {
  const free = `${(host.disk / 2 ** 30).toFixed(1)} GiB free`;
  return [
    host.root
      ? { id: 'root', area: 'host', title: 'administrator', state: 'ok', detail: 'runs as root' }
      : {
          id: 'root',
          area: 'host',
          title: 'administrator',
          state: 'no',
          detail: 'runs as an ordinary user',
          todo: 'Run it as root: sudo slipway doctor',
        },
    host.disk >= ENOUGH_DISK
      ? { id: 'disk', area: 'host', title: 'disk space', state: 'ok', detail: free }
      : {
          id: 'disk',
          area: 'host',
          title: 'disk space',
          state: 'limited',
          detail: free,
          todo: 'Free some space, or set SLIPWAY_ROOT to a larger file system.',
        },
  ];
}
