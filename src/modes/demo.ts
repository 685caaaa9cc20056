import type { Mode } from './mode.ts';

/** The smallest mode: nothing to boot. A start for writing another one. */
export const demo: Mode = {
  name: 'demo',
  description: 'nothing bootable: the smallest example of a mode',
  bootable: false,
  keepsReading: false,
  check: () => {},
  publish: async ({ image, sink }) =>
    sink({
      event: 'notice',
      level: 'info',
      message: `${image.generation.name} is published in mode demo: nothing to do`,
    }),
  unpublish: async () => {},
  arguments: () => [],
  nodeConf: () => [['mode', 'demo']],
  estimate: () => ({ download: 0, memory: 0, server: 0 }),
};
