/** Images for tests: resolved, without a catalog behind them. */
import type { Digest, Resolved } from '../image/types.ts';
import { ANNOTATION, MEDIA } from '../image/types.ts';

/** A digest of one repeated hex digit. */
export function digestOf(digit: string): Digest {
  return `sha256:${digit.repeat(64).slice(0, 64)}`;
}

/** An image with two layers, a kernel and an initramfs. */
export function fakeImage(name = 'compute', generation = 7, changes: Partial<Resolved> = {}): Resolved {
  const layers = [
    { mediaType: MEDIA.squashfs, digest: digestOf('a'), size: 1000 },
    { mediaType: MEDIA.squashfs, digest: digestOf('b'), size: 200 },
  ];
  const kernel = { mediaType: MEDIA.kernel, digest: digestOf('c'), size: 30 };
  const initramfs = { mediaType: MEDIA.initramfs, digest: digestOf('d'), size: 4 };
  const config = { mediaType: MEDIA.config, digest: digestOf('e'), size: 5 };
  return {
    generation: {
      name,
      generation,
      tags: ['latest'],
      digest: digestOf(String(generation % 10)),
      created: '2026-01-01T00:00:00.000Z',
      bytes: 1234,
      layers: 2,
      kernel: '6.1.0',
      state: 'ready',
    },
    config: {
      name,
      os: 'linux',
      architecture: 'amd64',
      date: '2026-01-01',
      layers: layers.map(({ digest, size }) => ({
        digest,
        size,
        format: 'squashfs',
        title: 'x',
        key: '',
        unpacked: size,
      })),
      kernel: { version: '6.1.0', arguments: ['console=ttyS0', 'quiet'], modules: [] },
      packages: [],
      system: {},
    },
    manifest: {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      artifactType: MEDIA.artifact,
      config,
      layers: [...layers, kernel, initramfs],
      annotations: { [ANNOTATION.title]: name },
    },
    layers,
    kernel,
    initramfs,
    ...changes,
  };
}
