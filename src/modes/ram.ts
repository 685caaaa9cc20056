import { checkBootable, ownBoot, sizeOf } from './check.ts';
import { OVERLAY_MINIMUM } from '../image/estimate.ts';
import type { Resolved } from '../image/types.ts';
import type { Mode } from './mode.ts';

/** What the size of an image leaves to be written, on what the configuration says. */
function sizedOverlay({ config: { size, used = 0 } }: Resolved, configured: string): string {
  if (size === undefined) return configured;
  const [kind] = configured.split(' ');
  return `${kind} ${Math.max(OVERLAY_MINIMUM, Math.floor((size - used) / 2 ** 20))}M`;
}

/** Layers fetched over HTTP into memory, under a writable overlay on tmpfs or zram. */
export const ram: Mode = {
  name: 'ram',
  description: 'layers fetched into memory, writable overlay on tmpfs or zram',
  bootable: true,
  keepsReading: false,
  takes: [],
  check: (image) => checkBootable('ram', image),
  // Kernel, initramfs and layers are blobs of the catalog, which the server serves as they are.
  publish: async ({ image }) => {
    checkBootable('ram', image);
    return undefined;
  },
  unpublish: async () => {},
  boot: ({ image }) => ownBoot(image),
  nodeConf: ({ image, installation, node }) => [
    ['mode', 'ram'],
    ['overlay', node.overlay ?? sizedOverlay(image, installation.config.overlay)],
    ['attempts', String(installation.config.attempts)],
  ],
  estimate: ({ layers, kernel, initramfs }) => ({
    download: sizeOf([...layers, kernel, initramfs]),
    memory: sizeOf(layers),
    server: 0,
  }),
};
