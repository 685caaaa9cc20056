/** Where a file of a node comes from: one of its own files, or a layer of its image. */
import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import { mountImage, ownLayers } from '../image/diff.ts';
import { under } from '../image/tree-files.ts';
import type { Resolved } from '../image/types.ts';
import { workDirectory } from '../system/workdir.ts';
import { fail } from './errors.ts';
import type { RenderedFile } from './rendered.ts';

/** Who made what is at a path, or took it away. */
export type Origin =
  | { from: 'node'; source: string; digest?: string }
  /** host name and machine-id: docs/boot-protocol.md, section 8 */
  | { from: 'boot'; what: string }
  | { from: 'image'; layer: number; of: number; title: string; digest: string };

export interface Hop {
  path: string;
  target: string;
  origin: Origin;
}

export interface FileExplanation {
  /** Links on the way, in the order in which they are followed. */
  links: Hop[];
  /** Where they lead to. */
  path: string;
  type: 'file' | 'directory' | 'other' | 'nothing';
  /** Missing where nobody made anything there, ever. */
  origin?: Origin;
  /** With type `nothing`: the layer that had it, below the one that removed it. With a node's own file: what it hides. */
  hides?: Origin;
  mode?: string;
  /** Numbers. */
  owner?: string;
  size?: number;
}

const AT_BOOT: Readonly<Record<string, string>> = {
  '/etc/hostname': 'the name of the node',
  '/etc/machine-id': 'derived from the secret of the site and the name of the node',
};
const MAX_LINKS = 40;

/**
 * Follows a path as the node would. The image is mounted in a namespace of its own; its links are read, never followed.
 * @throws SlipwayError `path/loop`, `namespace/refused`
 */
export async function explainPath(
  catalog: Catalog,
  image: Resolved | undefined,
  files: readonly RenderedFile[],
  path: string,
  signal?: AbortSignal,
): Promise<FileExplanation> {
  if (!image) return await follow(new Places(files, undefined), path, signal);
  await using work = await workDirectory(catalog.paths, 'explain');
  await using tree = await mountImage(catalog, join(work.path, 'tree'), image);
  const layers = ownLayers(tree, image.layers.length, 0);
  return await follow(new Places(files, { root: tree.root, layers, image }), path, signal);
}

async function follow(places: Places, path: string, signal?: AbortSignal): Promise<FileExplanation> {
  const links: Hop[] = [];
  let rest = parts(path);
  let done: string[] = [];
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    signal?.throwIfAborted();
    if (part === '..') {
      done.pop();
      continue;
    }
    const here = `/${[...done, part].join('/')}`;
    const link = await places.link(here);
    if (link) {
      links.push({ path: here, ...link });
      if (links.length > MAX_LINKS) throw fail('link-loop', { path });
      if (link.target.startsWith('/')) done = [];
      rest = [...parts(link.target), ...rest];
    } else done.push(part);
  }
  const end = `/${done.join('/')}`;
  return { links, path: end, ...(await places.what(end)) };
}

const parts = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');

interface Tree {
  root: string;
  /** Host paths of the mounted layers, lowest first. */
  layers: string[];
  image: Resolved;
}

/** The image with the node's own files over it. */
class Places {
  readonly #files: ReadonlyMap<string, RenderedFile>;
  readonly #tree: Tree | undefined;

  constructor(files: readonly RenderedFile[], tree: Tree | undefined) {
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#tree = tree;
  }

  async link(path: string): Promise<{ target: string; origin: Origin } | undefined> {
    const own = await this.#own(path);
    if (own) return own.kind === 'link' ? { target: own.target ?? '', origin: nodeOrigin(own) } : undefined;
    const stat = await this.#merged(path);
    if (!stat?.isSymbolicLink()) return undefined;
    const origin = await this.#layer(path);
    const target = (
      await readlink(under(this.#tree?.root ?? '', latin(path)), { encoding: 'buffer' })
    ).toString();
    return origin && { target, origin };
  }

  async what(path: string): Promise<Omit<FileExplanation, 'links' | 'path'>> {
    const own = await this.#own(path);
    const stat = await this.#merged(path);
    const below = await this.#layer(path);
    if (own?.kind === 'absent') return { type: 'nothing', origin: nodeOrigin(own), hides: below };
    if (own) {
      const { mode, owner, group, content } = own;
      return {
        type: 'file',
        origin: nodeOrigin(own),
        hides: below,
        mode,
        owner: `${owner}:${group}`,
        size: content?.length,
      };
    }
    const made = AT_BOOT[path];
    if (made !== undefined) return { type: 'file', origin: { from: 'boot', what: made }, hides: below };
    if (!stat) return { type: 'nothing', origin: await this.#remover(path), hides: below };
    return {
      type: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
      origin: below,
      mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
      owner: `${stat.uid}:${stat.gid}`,
      size: stat.isFile() ? stat.size : undefined,
    };
  }

  /** The node's own file at a path, or the one that removes a directory above it. */
  async #own(path: string): Promise<RenderedFile | undefined> {
    const file = this.#files.get(path);
    if (file && (file.within === undefined || (await this.#merged(file.within))?.isDirectory())) return file;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = this.#files.get(path.slice(0, end));
      if (above?.kind === 'absent') return above;
    }
    return undefined;
  }

  async #merged(path: string): Promise<Stats | undefined> {
    return this.#tree && (await stat(this.#tree.root, path));
  }

  /** The uppermost layer that has something there. */
  async #layer(path: string): Promise<Origin | undefined> {
    return await this.#uppermost(path, (found) => !isWhiteout(found));
  }

  /** The uppermost layer that takes it, or a directory above it, away. */
  async #remover(path: string): Promise<Origin | undefined> {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const found = await this.#uppermost(path.slice(0, end), isWhiteout);
      if (found) return found;
    }
    return undefined;
  }

  async #uppermost(path: string, wanted: (stats: Stats) => boolean): Promise<Origin | undefined> {
    const { layers = [], image } = this.#tree ?? {};
    for (let index = layers.length - 1; index >= 0; index--) {
      const found = await stat(layers[index] ?? '', path);
      const layer = image?.config.layers[index];
      if (found && layer && wanted(found))
        return {
          from: 'image',
          layer: index + 1,
          of: layers.length,
          title: layer.title,
          digest: layer.digest,
        };
    }
    return undefined;
  }
}

const latin = (path: string) => Buffer.from(path).toString('latin1');

async function stat(root: string, path: string): Promise<Stats | undefined> {
  // A link in the middle was followed by hand before; on the host nothing may follow one.
  const above = parts(path);
  above.pop();
  for (let length = 1; length <= above.length; length++) {
    const one = await lstat(under(root, latin(`/${above.slice(0, length).join('/')}`))).catch(
      () => undefined,
    );
    if (!one?.isDirectory()) return undefined;
  }
  return await lstat(under(root, latin(path))).catch(() => undefined);
}

/** As overlayfs writes them: a character device 0:0. */
function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

function nodeOrigin({ source = 'default', digest, kind }: RenderedFile): Origin {
  return { from: 'node', source, ...(kind !== 'absent' && { digest }) };
}
