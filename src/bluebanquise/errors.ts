import { defineErrors } from '../system/errors.ts';

/** The errors of importing an installation of BlueBanquise. Whatever is wrong inside of one is a notice. */
export const fail = defineErrors('bluebanquise', {
  'no-installation': {
    what: 'There is no installation of BlueBanquise in {directory}',
    why: 'Looked for images, kernels, nodes or equipment_profiles, there and below diskless.',
    todo: 'Name its directory preboot_execution_environment, often in /var/www/html, or the directory diskless in it.',
    exit: 2,
  },
  'no-directory': {
    what: '{directory} cannot be read: {reason}',
    why: 'An installation is imported from directories of this host.',
    todo: 'Correct the path.',
    exit: 2,
  },
  'no-rootfs': {
    what: 'There is no LiveOS/rootfs.img in {file}',
    why: 'A livenet image is a squashfs with a file system in it.',
    todo: 'The image is damaged: build it anew from its recipe.',
  },
});
