// A mode that boots: as ram, but what nodes write is always compressed in memory,
// and the kernel may not hold more than a few dirty pages.
export default ({ checkBootable, ownBoot, sizeOf }) => ({
  name: 'frugal',
  description: 'layers in memory, what is written compressed',
  bootable: true,
  keepsReading: false,
  takes: [],

  // Refuses what a node could not boot: broken images, images without a kernel.
  check: (image) => checkBootable('frugal', image),

  // The layers of the catalog are served as they are.
  publish: async ({ image }) => void checkBootable('frugal', image),
  unpublish: async () => {},

  boot: ({ image }) => ({ ...ownBoot(image), arguments: ['sysctl.vm.dirty_background_ratio=1'] }),

  // The initramfs brings it up as it brings up the mode ram.
  nodeConf: ({ installation, node }) => [
    ['mode', 'ram'],
    ['overlay', node.overlay ?? 'zram 50%'],
    ['attempts', String(installation.config.attempts)],
  ],

  estimate: ({ layers, kernel, initramfs }) => ({
    download: sizeOf([...layers, kernel, initramfs]),
    memory: sizeOf(layers),
    server: 0,
  }),
});
