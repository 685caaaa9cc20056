// The smallest mode: a node is greeted and boots from its disk.
// docs/guide/writing-a-mode.md goes through it line by line.
export default ({ ownBoot }) => ({
  name: 'hello',
  description: 'greets, and boots nothing',
  bootable: false,
  keepsReading: false,
  takes: [],

  check() {},

  async publish({ image, sink }) {
    const { name, generation } = image.generation;
    sink({ event: 'notice', level: 'info', message: `hello: ${name}:${generation} needs nothing made` });
    return undefined;
  },

  async unpublish() {},

  boot: ({ image }) => ({ ...ownBoot(image), fetched: [] }),

  nodeConf: () => [['mode', 'hello']],

  estimate: () => ({ download: 0, memory: 0, server: 0 }),
});
