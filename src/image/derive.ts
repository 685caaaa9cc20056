/** A generation made of another by a change of a few parts: new layers on top, another kernel, another size. */
import type { Catalog } from './catalog.ts';
import { measure } from './measure.ts';
import { leastSize } from './size.ts';
import type { Descriptor, Digest, Generation, ImageConfig, PackedLayer, Resolved } from './types.ts';

export interface Change {
  /** Image that gets the generation; default: that of the base. */
  name?: string;
  /** Laid over the layers that are there. Their blobs are in the catalog already. */
  layers?: readonly PackedLayer[];
  /** Takes the place of kernel and initramfs. */
  boot?: {
    kernel: { digest: Digest; size: number };
    initramfs: { digest: Digest; size: number };
    version: string;
  };
  /** What else the config says from now on. */
  config?: Partial<Pick<ImageConfig, 'packages' | 'system' | 'size' | 'used' | 'selinux' | 'kernel'>>;
}

/**
 * Publishes `base` with `change` as the newest generation of its image, or of another, tagged `latest`; `base` stays as it is.
 * The same content as a generation that is there gives that one. Where the root has a size and new layers
 * do not fit into it any more, it grows to the least that holds them.
 * @throws SlipwayError as `Catalog.publish`
 */
export async function derive(
  catalog: Catalog,
  base: Resolved,
  change: Change,
  signal?: AbortSignal,
): Promise<Generation> {
  const { boot } = change;
  const before = base.config.kernel;
  const config: ImageConfig = {
    ...base.config,
    name: change.name ?? base.generation.name,
    ...(boot && {
      kernel: { arguments: before?.arguments ?? [], modules: before?.modules ?? [], version: boot.version },
    }),
    ...change.config,
    layers: [...base.config.layers, ...(change.layers ?? [])],
    parent: base.generation.digest,
  };
  if (change.layers?.length && config.size !== undefined && change.config?.used === undefined) {
    const content = await measure(catalog, config.layers, { signal });
    config.used = content.bytes;
    config.size = Math.max(config.size, leastSize(content));
  }
  const part = (one?: Descriptor) => one && { digest: one.digest, size: one.size };
  return await catalog.publish(
    {
      config,
      kernel: boot?.kernel ?? part(base.kernel),
      initramfs: boot?.initramfs ?? part(base.initramfs),
    },
    { signal },
  );
}
