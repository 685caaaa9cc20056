/** What the throw-away layer in which dracut runs must have; see initramfs/packages.md. */
import type { Release } from './releases.ts';

/** By path where a smaller package may stand in for the usual one, as curl-minimal does. */
const TOOLS = [
  'dracut', 'systemd-udev', 'kmod', 'iproute', 'openssl', 'util-linux', 'e2fsprogs', 'gzip', 'xz', '/usr/bin/curl', '/usr/bin/sha256sum',
]; // prettier-ignore

export function initramfsTools(release: Release): string[] {
  return [...TOOLS, ...(hasZstd(release) ? ['zstd'] : []), ...dhcpClient(release)];
}

export function liveTools(release: Release): string[] {
  // Modules of these two ask for tar and awk, not all of their packages do.
  return [...initramfsTools(release), 'dracut-network', 'dracut-live', 'tar', 'gawk'];
}

/** The kernel of release 8 cannot unpack it. */
function hasZstd({ platform }: Release): boolean {
  return platform !== 'platform:el8';
}

/** Only for nodes that get no address from iPXE. Release 10 has no ISC client any more. */
function dhcpClient({ platform }: Release): string[] {
  if (platform === 'platform:el8' || platform === 'platform:el9') return ['dhcp-client'];
  return [];
}
