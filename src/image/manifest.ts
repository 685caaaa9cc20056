/** OCI manifests of generations: written from a build, read from whoever wrote them. */
import { z } from 'zod';
import { digestForm } from './digest-form.ts';
import {
  ANNOTATION,
  MEDIA,
  type Descriptor,
  type Digest,
  type Manifest,
  type NewGeneration,
  type PackedLayer,
} from './types.ts';

const DescriptorSchema = z.object({
  mediaType: z.string().max(255),
  digest: digestForm('must be a sha256 digest'),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Nothing else may be in a manifest of ours: what is unknown is not passed on. */
const ManifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.manifest),
  artifactType: z.literal(MEDIA.artifact),
  config: DescriptorSchema.extend({ mediaType: z.literal(MEDIA.config) }),
  layers: z
    .array(
      DescriptorSchema.extend({
        mediaType: z.enum([MEDIA.squashfs, MEDIA.erofs, MEDIA.kernel, MEDIA.initramfs]),
      }),
    )
    .max(510),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The manifest of a build, its config blob being there already. */
export function makeManifest(next: NewGeneration, config: { digest: Digest; size: number }): Manifest {
  const layers = next.config.layers.map((layer) => titled(MEDIA[layer.format], layer.title, layer));
  if (next.kernel) layers.push(titled(MEDIA.kernel, 'kernel', next.kernel));
  if (next.initramfs) layers.push(titled(MEDIA.initramfs, 'initramfs', next.initramfs));
  const annotations: Record<string, string> = { [ANNOTATION.title]: next.config.name };
  if (next.config.description) annotations[ANNOTATION.description] = next.config.description;
  if (next.config.kernel) annotations[ANNOTATION.kernel] = next.config.kernel.version;
  return {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.artifact,
    config: { mediaType: MEDIA.config, digest: config.digest, size: config.size },
    layers,
    annotations,
  };
}

/** Checks a manifest. Returns it, or what is wrong with it. */
export function parseManifest(value: unknown): Manifest | { wrong: string } {
  const result = ManifestSchema.safeParse(value);
  if (!result.success) return { wrong: z.prettifyError(result.error).replaceAll('\n', '; ') };
  for (const type of [MEDIA.kernel, MEDIA.initramfs])
    if (result.data.layers.filter((l) => l.mediaType === type).length > 1)
      return { wrong: `more than one ${type}` };
  const layers = partsOf(result.data).layers.map((l) => l.digest);
  if (new Set(layers).size < layers.length)
    return { wrong: 'a layer is there twice; overlayfs cannot stack it' };
  return result.data;
}

/**
 * Leaves out a layer that comes again further up. Overlayfs refuses one twice, and the lower of the two
 * shows nothing: all that it holds is in the upper one as well.
 */
export function withoutRepeats(layers: readonly PackedLayer[]): PackedLayer[] {
  return layers.filter((layer, i) => !layers.slice(i + 1).some((above) => above.digest === layer.digest));
}

/** The parts of a manifest by role; layers from the lowest. */
export function partsOf(manifest: Manifest): {
  layers: Descriptor[];
  kernel?: Descriptor;
  initramfs?: Descriptor;
} {
  const of = (type: string) => manifest.layers.find((l) => l.mediaType === type);
  return {
    layers: manifest.layers.filter((l) => l.mediaType === MEDIA.squashfs || l.mediaType === MEDIA.erofs),
    kernel: of(MEDIA.kernel),
    initramfs: of(MEDIA.initramfs),
  };
}

/** Sum of layers, kernel and initramfs; a blob that is in several roles counts once. */
export function bytesOf(manifest: Manifest): number {
  return [...new Map(manifest.layers.map((l) => [l.digest, l.size])).values()].reduce(
    (sum, size) => sum + size,
    0,
  );
}

/** Whether the config tells of the same layers as the manifest. */
export function sameLayers(manifest: Manifest, layers: PackedLayer[]): boolean {
  const packed = partsOf(manifest).layers;
  return (
    packed.length === layers.length &&
    packed.every((d, i) => {
      const layer = layers[i];
      return layer?.digest === d.digest && layer.size === d.size && MEDIA[layer.format] === d.mediaType;
    })
  );
}

function titled(mediaType: string, title: string, blob: { digest: Digest; size: number }): Descriptor {
  const { digest, size } = blob;
  return { mediaType, digest, size, annotations: { [ANNOTATION.title]: title } };
}
