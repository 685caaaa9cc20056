/** The image that another stands on. */
import type { Catalog } from '../image/catalog.ts';
import type { ImageConfig, PackedLayer, Digest } from '../image/types.ts';
import type { Lower } from '../system/sandbox.ts';
import type { Boot } from './boot.ts';
import type { Tree } from './context.ts';
import { keyOf } from './key.ts';
import type { LayerStore } from './layer-store.ts';

export interface Parent {
  tree: Tree;
  packed: PackedLayer[];
  boot?: Boot;
  architecture: ImageConfig['architecture'];
  digest: Digest;
  selinux?: ImageConfig['selinux'];
  /** SOURCE_DATE_EPOCH, seconds. */
  epoch: number;
}

/** Layers of an image of the catalog: their build directories where they are still there, else the packed blobs. */
export async function openParent(ref: string, catalog: Catalog, store: LayerStore): Promise<Parent> {
  const { config, manifest, generation, kernel, initramfs } = await catalog.resolve(ref);
  const lowers: Lower[] = [];
  let packageConfig: string | undefined;
  for (const packed of config.layers) {
    const stored = packed.key ? await store.find(packed.key) : undefined;
    if (stored) lowers.push({ directory: store.directory(stored) });
    else lowers.push({ blob: catalog.blobPath(packed.digest), format: packed.format });
    packageConfig = stored?.packageConfig;
  }
  const digests = manifest.layers.map((l) => l.digest);
  return {
    tree: { lowers, key: keyOf('image', digests), packageConfig },
    packed: config.layers,
    boot: config.kernel && kernel && initramfs ? { ...config.kernel, kernel, initramfs } : undefined,
    architecture: config.architecture,
    digest: generation.digest,
    selinux: config.selinux,
    epoch: Date.parse(config.date) / 1000,
  };
}
