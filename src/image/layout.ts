/** Reading an OCI image layout that somebody else wrote. */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { NAME } from '../system/names.ts';
import { hashFile } from './blobs.ts';
import { parseConfig } from './config.ts';
import { fail } from './errors.ts';
import { parseIndex } from './index-file.ts';
import { parseManifest, sameLayers } from './manifest.ts';
import { ANNOTATION, MEDIA, type Descriptor, type Digest, type ImageConfig, type Manifest } from './types.ts';

/** A manifest that the index of a layout names. */
export interface Candidate {
  digest: Digest;
  size: number;
  /** As the index has it; else the config's counts. */
  name?: string;
  tags: string[];
  number: number;
}

/** An image of a layout, all its small blobs checked. */
export interface Found extends Candidate {
  manifest: Manifest;
  config: ImageConfig;
}

const INDEX_LIMIT = 64 << 20;

export class Layout {
  readonly #directory: string;
  /** What messages call it. */
  readonly #label: string;

  constructor(directory: string, label: string) {
    this.#directory = directory;
    this.#label = label;
  }

  wrong(reason: string): Error {
    return fail('bad-layout', { path: this.#label, reason });
  }

  /** All manifests that the index names, by name and then in the order of their numbers. */
  async candidates(): Promise<Candidate[]> {
    for (const directory of ['', 'blobs', 'blobs/sha256']) {
      const info = await lstat(join(this.#directory, directory)).catch(() => undefined);
      if (!info?.isDirectory()) throw this.wrong(`${directory || 'It'} is not a directory.`);
    }
    const marker = await this.#small('oci-layout').catch(() => '');
    if (!/"imageLayoutVersion"\s*:\s*"1\./.test(marker))
      throw this.wrong('Its file oci-layout is missing or of another version.');
    const index = parseIndex(await this.#small('index.json'), (reason) =>
      this.wrong(`Its index.json: ${reason}`),
    );
    const byDigest = new Map<string, Candidate>();
    for (const { name, number, tags, digest, size } of index.entries)
      byDigest.set(`${name} ${digest}`, { name, number, tags, digest, size });
    for (const foreign of index.foreign) {
      if (foreign.mediaType !== MEDIA.manifest) continue;
      const [first = '', second] = (foreign.annotations?.[ANNOTATION.ref] ?? '').split(':');
      const name = second === undefined || !NAME.test(first) ? undefined : first;
      const tag = second ?? first;
      const key = `${name ?? ''} ${foreign.digest}`;
      const known = byDigest.get(key) ?? {
        name,
        number: Infinity,
        tags: [],
        digest: foreign.digest,
        size: foreign.size,
      };
      if (NAME.test(tag) && !/^\d+$/.test(tag)) known.tags.push(tag);
      byDigest.set(key, known);
    }
    return [...byDigest.values()].toSorted((a, b) => a.number - b.number);
  }

  /** Reads manifest and config of a candidate; nothing if it is no image of ours. @throws SlipwayError `image/bad-layout`, `image/wrong-digest` */
  async read(candidate: Candidate): Promise<Found | undefined> {
    const { digest } = candidate;
    const value = await this.#json(candidate);
    if ((value as { artifactType?: unknown } | null)?.artifactType !== MEDIA.artifact) return undefined;
    const manifest = parseManifest(value);
    if ('wrong' in manifest) throw this.wrong(`${digest} cannot be used: ${manifest.wrong}`);
    const config = parseConfig(await this.#json(manifest.config));
    if ('wrong' in config) throw this.wrong(`The config of ${digest}: ${config.wrong}`);
    if (!sameLayers(manifest, config.layers))
      throw this.wrong(`Config and manifest of ${digest} name different layers.`);
    return { ...candidate, manifest, config };
  }

  /** The file of a blob, its kind and size checked, its content not yet. */
  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<string> {
    const path = join(this.#directory, 'blobs', 'sha256', descriptor.digest.slice('sha256:'.length));
    const info = await lstat(path).catch(() => undefined);
    if (!info) throw this.wrong(`The blob ${descriptor.digest} is missing.`);
    if (!info.isFile()) throw this.wrong(`The blob ${descriptor.digest} is not a regular file.`);
    if (info.size !== descriptor.size)
      throw this.wrong(`The blob ${descriptor.digest} has ${info.size} bytes instead of ${descriptor.size}.`);
    return path;
  }

  async #json(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<unknown> {
    const path = await this.blob(descriptor);
    const { digest } = await hashFile(path);
    if (digest !== descriptor.digest)
      throw fail('wrong-digest', { file: path, found: digest, expected: descriptor.digest });
    const text = await this.#small(join('blobs', 'sha256', digest.slice('sha256:'.length)));
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.wrong(`The blob ${digest}: ${(error as Error).message}`);
    }
  }

  async #small(name: string): Promise<string> {
    const open_ = open(
      join(this.#directory, name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    await using handle = await open_.catch((cause: Error) => {
      throw this.wrong(`${name} cannot be read: ${cause.message}`);
    });
    const info = await handle.stat();
    if (!info.isFile() || info.size > INDEX_LIMIT)
      throw this.wrong(`${name} is not a file of a sensible size.`);
    return await handle.readFile('utf8');
  }
}
