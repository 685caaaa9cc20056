import { listMounts } from '../mounts/record.ts';
import type { Catalog } from './catalog.ts';
import { estimateOf, type Estimate } from './estimate.ts';
import type { Publication } from './publications.ts';
import type { Descriptor, Digest, Generation, ImageConfig, PackedLayer } from './types.ts';

/** All that `image show` tells. */
export interface Details extends Generation {
  description?: string;
  architecture: string;
  /** ISO date from the recipe or the archive; not the time of the build. */
  date: string;
  system: Record<string, string>;
  parent?: Digest;
  stack: PackedLayer[];
  boot: {
    version?: string;
    arguments: string[];
    modules: string[];
    kernel?: { digest: Digest; size: number };
    initramfs?: { digest: Digest; size: number };
  };
  /** What its files are labelled for. */
  selinux?: ImageConfig['selinux'];
  packages: ImageConfig['packages'];
  /** Memory that a node needs in mode `ram`. */
  memory: Estimate;
  /** Bytes of the root as nodes see it, and what its content takes up; without one it has no limit of its own. */
  root?: { size: number; used: number };
  /** What modes have made of it. */
  published: Pick<Publication, 'mode' | 'created' | 'blobs' | 'options'>[];
}

/** Everything about one generation. @throws SlipwayError as `Catalog.resolve` */
export async function show(catalog: Catalog, ref: string): Promise<Details> {
  const { generation, config, kernel, initramfs, published = [] } = await catalog.resolve(ref);
  const { name, generation: number } = generation;
  const mounted = (await listMounts(catalog.paths)).find(
    (one) => one.image === name && one.generation === number,
  );
  return {
    ...generation,
    ...(mounted && { mounted }),
    description: config.description,
    architecture: config.architecture,
    date: config.date,
    system: config.system,
    parent: config.parent,
    stack: config.layers,
    boot: {
      version: config.kernel?.version,
      arguments: config.kernel?.arguments ?? [],
      modules: config.kernel?.modules ?? [],
      kernel: plain(kernel),
      initramfs: plain(initramfs),
    },
    ...(config.selinux && { selinux: config.selinux }),
    packages: config.packages,
    memory: estimateOf(config, kernel?.size ?? 0, initramfs?.size ?? 0),
    ...(config.size !== undefined && { root: { size: config.size, used: config.used ?? 0 } }),
    published: [...published],
  };
}

function plain(part?: Descriptor): { digest: Digest; size: number } | undefined {
  return part && { digest: part.digest, size: part.size };
}
