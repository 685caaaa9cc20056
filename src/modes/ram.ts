import { checkBootable, sizeOf } from './check.ts';
import type { Mode } from './mode.ts';

/** Layers fetched over HTTP into memory, under a writable overlay on tmpfs or zram. */
export const ram: Mode = {
  name: 'ram',
  description: 'layers fetched into memory, writable overlay on tmpfs or zram',
  bootable: true,
  keepsReading: false,
  check: (image) => checkBootable('ram', image),
  // Kernel, initramfs and layers are blobs of the catalog, which the server serves as they are.
  publish: async ({ image }) => checkBootable('ram', image),
  unpublish: async () => {},
  arguments: () => [],
  nodeConf: ({ installation, node }) => [
    ['mode', 'ram'],
    ['overlay', node.overlay ?? installation.config.overlay],
    ['attempts', String(installation.config.attempts)],
  ],
  estimate: ({ layers, kernel, initramfs }) => ({
    download: sizeOf([...layers, kernel, initramfs]),
    memory: sizeOf(layers),
    server: 0,
  }),
};
