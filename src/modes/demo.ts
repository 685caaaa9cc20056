import { ownBoot } from './check.ts';
import type { Mode } from './mode.ts';

/** The smallest mode: nothing to boot. A start for writing another one. */
export const demo: Mode = {
  name: 'demo',
  description: 'nothing bootable: the smallest example of a mode',
  bootable: false,
  keepsReading: false,
  takes: [],
  check: () => {},
  publish: async () => undefined,
  unpublish: async () => {},
  boot: ({ image }) => ({ ...ownBoot(image), fetched: [] }),
  nodeConf: () => [['mode', 'demo']],
  estimate: () => ({ download: 0, memory: 0, server: 0 }),
};
