/**
 * The private layer of a tree: what is not for everybody on the network, apart from what all nodes read over NFS
 * as nobody. A packed layer as those of images are; a node gets it with the token of its boot, and lays it over the tree.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attributeNames } from '../../build/attribute-names.ts';
import { compressorOf } from '../../build/kernel-config.ts';
import { bytes, shown } from '../../image/tree-files.ts';
import type { Digest, PackedLayer } from '../../image/types.ts';
import { packUpper } from '../../mounts/layer.ts';
import { task } from '../../system/events.ts';
import { run } from '../../system/process.ts';
import { parseSize } from '../../system/size.ts';
import { workDirectory } from '../../system/workdir.ts';
import { fail } from '../errors.ts';
import type { TreeContext } from '../golden.ts';
import { listTree, transfer } from '../kinds/transfer.ts';
import { bootFiles, chooseBootFiles } from './boot-files.ts';
import { selectPrivate, type Selected } from './select.ts';

export interface PrivateLayer {
  digest: Digest;
  /** Bytes, packed: each node holds them in memory. */
  size: number;
  format: PackedLayer['format'];
  /** How many things in it are private, or unseen over NFS, besides directories. */
  files: number;
}

/**
 * Extended attributes that NFS does not carry, but that programs need: file capabilities, and ACLs, which version 4
 * turns into its own. RFC 8276 has those of users alone.
 */
const UNSEEN = '^(security[.]capability|system[.]posix_acl_)';

/** No compressor makes so much less of what people write: it is not tried. */
const HOPELESS = 20;

/**
 * Makes the layer anew, with what nodes are known to read at their boot; the same tree and list give the same blob,
 * which stays as long as a publication names it.
 * @param root of the tree, which never changes
 * @throws SlipwayError `nfs/private-large`
 */
export async function makePrivateLayer(context: TreeContext, root: string): Promise<PrivateLayer> {
  const { installation, image, sink, signal } = context;
  const { name, generation } = image.generation;
  const ref = `${name}:${generation}`;
  return await task(sink, `private layer of ${ref}`, async ({ end }) => {
    const tree = await listTree(root, signal);
    const { nfs } = installation.config;
    const limit = parseSize(nfs.private) ?? 0;
    const known = await bootFiles(installation.paths, name);
    const more = chooseBootFiles(tree, known, parseSize(nfs.preload) ?? 0);
    const unseen = new Set((await attributeNames(root, UNSEEN, signal)).keys());
    const found = selectPrivate(tree, unseen);
    if (found.bytes > HOPELESS * limit) throw tooLarge(ref, found, limit);
    let layer = await pack(context, root, selectPrivate(tree, unseen, more));
    let preloaded = more.paths.length;
    // They only make boots faster.
    if (layer.size > limit && preloaded > 0) {
      const message = `files that ${ref} reads at its boot stay on the NFS server: with them the private layer would have ${sizeText(layer.size)}, more than nfs.private`;
      sink({ event: 'notice', level: 'warning', message });
      preloaded = 0;
      layer = await pack(context, root, found);
    }
    if (layer.size > limit) throw tooLarge(ref, found, limit, layer.size);
    const also = preloaded > 0 ? `, ${preloaded} for what boots read` : '';
    end.detail = `${found.files} files${also}, ${sizeText(layer.size)}`;
    return { ...layer, files: found.files };
  });
}

async function pack({ installation, catalog, image, signal }: TreeContext, root: string, found: Selected) {
  await using work = await workDirectory(installation.paths, 'private');
  const [upper, transferred] = [join(work.path, 'upper'), join(work.path, 'tar')];
  for (const directory of [upper, transferred]) await mkdir(directory, { mode: 0o700 });
  await transfer(root, upper, found.paths, transferred, signal, true);
  await makeOpaque(upper, found.whole, signal);
  const { digest, size, format } = await packUpper(installation, catalog, upper, {
    title: 'private',
    epoch: Date.parse(image.config.date) / 1000,
    clean: false,
    compressor: compressorOf(image.config.layers),
    signal,
  });
  return { digest, size, format };
}

/** What is below on NFS would else be asked for, and refused. Documentation/filesystems/overlayfs.rst of Linux */
async function makeOpaque(upper: string, paths: readonly string[], signal?: AbortSignal): Promise<void> {
  if (paths.length === 0) return;
  const set = ['setfattr', '--name=trusted.overlay.opaque', '--value=y', '--'];
  const input = bytes(paths.map((path) => `.${path}\0`).join(''));
  await run(['xargs', '--null', ...set], { cwd: upper, input, signal });
}

function tooLarge(ref: string, { bytes, places }: Selected, limit: number, size = bytes) {
  const largest = [...places].toSorted(([, a], [, b]) => b - a).slice(0, 5);
  const where = largest.map(([path, sum]) => `${shown(path) || '/'} (${sizeText(sum)})`).join(', ');
  return fail('private-large', { ref, size: sizeText(size), limit: sizeText(limit), where });
}

const sizeText = (count: number) =>
  count < 2 ** 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / 2 ** 20).toFixed(1)} MiB`;
