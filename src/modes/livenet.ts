import { fail } from '../boot/errors.ts';
import type { Publication } from '../image/publications.ts';
import type { Resolved } from '../image/types.ts';
import { checkBootable, sizeOf } from './check.ts';
import type { Mode, Part } from './mode.ts';

/**
 * The classic layout of live images: a file system of a fixed size inside a squashfs, which dracut's own
 * livenet and dmsquash-live bring up (root=live:URL). What nodes write goes into memory, by device-mapper.
 */
export const livenet: Mode = {
  name: 'livenet',
  description: 'a file system of a fixed size inside a squashfs, fetched into memory (root=live:)',
  bootable: true,
  keepsReading: false,
  follows: true,
  takes: ['size', 'filesystem'],
  check: (image) => void published(image),
  // Needed for publishing only, and much to load.
  publish: async (context) => await (await import('./livenet/publish.ts')).publishLivenet(context),
  unpublish: async () => {},
  boot({ image }) {
    const { root, initramfs, size } = published(image);
    return {
      kernel: image.kernel,
      initramfs,
      fetched: [root],
      root: (server) => [
        `root=live:${server}/blobs/${root.digest.replace(':', '/')}`,
        // Otherwise the snapshot is offered 32 GiB of memory.
        `rd.live.overlay.size=${snapshotSize(size)}`,
      ],
      dracutNetwork: true,
      arguments: [
        'rd.net.timeout.carrier=30',
        'rd.net.timeout.ifup=60',
        'rd.net.dhcp.retry=4',
        ...selinux(image),
      ],
    };
  },
  nodeConf({ image, installation }) {
    const { root } = published(image);
    return [
      ['mode', 'livenet'],
      ['live', `${root.digest.slice('sha256:'.length)} ${root.size}`],
      ['attempts', String(installation.config.attempts)],
    ];
  },
  estimate(image) {
    const found = publicationOf(image);
    const root = found?.blobs['root'] ?? { size: sizeOf(image.layers) };
    const initramfs = found?.blobs['initramfs'] ?? image.initramfs;
    return { download: sizeOf([image.kernel, initramfs, root]), memory: root.size, server: root.size };
  },
};

function publicationOf(image: Resolved): Publication | undefined {
  return image.published?.find(({ mode }) => mode === livenet.name);
}

/** @throws SlipwayError `boot/unbootable` */
function published(image: Resolved): { root: Part; initramfs: Part; size: number } {
  checkBootable(livenet.name, image);
  const found = publicationOf(image);
  const { root, initramfs } = found?.blobs ?? {};
  const size = Number(found?.options['bytes']);
  if (root && initramfs && size > 0) return { root, initramfs, size };
  const label = `${image.generation.name}:${image.generation.generation}`;
  throw fail('unbootable', {
    image: label,
    mode: livenet.name,
    reason: 'it is not published in that mode',
    todo: `Publish it: slipway publish ${label} --mode ${livenet.name}.`,
  });
}

/** MiB: each chunk of the root once, and the table of chunks. Kernel documentation, device-mapper/snapshot */
function snapshotSize(bytes: number): number {
  return Math.ceil((bytes * 1.01) / 2 ** 20) + 8;
}

/** As dracut and the kernel are told what the image was labelled for, unless the image says so itself. */
function selinux({ config: { kernel, selinux: labelled } }: Resolved): string[] {
  if (kernel?.arguments.some((one) => one.startsWith('selinux='))) return [];
  if (!labelled) return ['selinux=0'];
  return labelled.mode === 'permissive' ? ['selinux=1', 'enforcing=0'] : ['selinux=1'];
}
