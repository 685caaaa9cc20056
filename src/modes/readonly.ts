import { fail } from '../boot/errors.ts';
import { PRIVATE, type Publication } from '../image/publications.ts';
import type { Resolved } from '../image/types.ts';
import { exportedState, exportedTree } from '../nfs/store.ts';
import { serversOf } from '../nfs/push/servers.ts';
import { checkBootable, ownBoot, sizeOf } from './check.ts';
import type { BootContext, Mode, ModeNode } from './mode.ts';
import { treeBytes } from '../image/tree-bytes.ts';
import { nfsLines, ownSources } from './nfs/lines.ts';

/**
 * All nodes share one read-only tree on the server. What they write goes to memory, or to what is kept for each
 * of them: on the server, or on a partition of the node.
 */
export const readonly: Mode = {
  name: 'readonly',
  description: 'one read-only tree on an NFS server for all; rwtab and statetab',
  bootable: true,
  keepsReading: true,
  follows: true,
  takes: ['writable', 'state', 'to'],
  check: (image) => void published(image),
  // Needed for publishing only, and much to load.
  publish: async (context) => await (await import('./readonly/publish.ts')).publishReadonly(context),
  unpublish: async () => {},
  recorded: async (context) => await (await import('./readonly/publish.ts')).exportReadonly(context),
  async own({ image, installation, node, client, sink }) {
    if (client === undefined || stateOf(published(image), node) !== 'nfs') return undefined;
    const { admitClient } = await import('../nfs/exports/admit.ts');
    await admitClient(installation, { node: node.name, state: true }, client, sink);
    return undefined;
  },
  boot({ image }) {
    const layer = published(image).blobs[PRIVATE];
    return { ...ownBoot(image), fetched: layer ? [layer] : [] };
  },
  nodeConf(context) {
    const { image, installation, node } = context;
    const { config } = installation;
    const record = published(image);
    const state = stateOf(record, node);
    return [
      ['mode', 'readonly'],
      ...nfsLines(context, sources(context, record)),
      ...privateLines(record),
      ['writable', node.writable ?? text(record, 'writable') ?? text(record, 'default') ?? 'all'],
      ...(state === undefined ? [] : [['state', state] as const]),
      ...(state === 'nfs' ? stateLines(context) : []),
      ['overlay', node.overlay ?? config.overlay],
      ['attempts', String(config.attempts)],
    ];
  },
  estimate(image) {
    const layer = publicationOf(image)?.blobs[PRIVATE];
    return {
      download: sizeOf([image.kernel, image.initramfs, layer]),
      memory: sizeOf([layer]),
      server: treeBytes(image),
    };
  },
};

const publicationOf = (image: Resolved) => image.published?.find(({ mode }) => mode === 'readonly');

const text = ({ options }: Publication, key: string) =>
  typeof options[key] === 'string' ? options[key] : undefined;

/** Nothing: as the image's own settings have it. */
const stateOf = (record: Publication, node: ModeNode) => node.state ?? text(record, 'state');

/** Servers that it was pushed to, else this one. */
function sources(context: BootContext, record: Publication) {
  const pushed = serversOf(record);
  if (pushed.length > 0) return pushed;
  const { image, installation } = context;
  return ownSources(context, exportedTree(installation.paths, image.generation.digest));
}

/** What others may not read of the tree: a layer above it. Without one, root of nodes is root in the tree. */
function privateLines(record: Publication) {
  const layer = record.blobs[PRIVATE];
  if (!layer) return [];
  const type = text(record, 'private') === 'erofs' ? 'erofs' : 'squashfs';
  return [['private', `${type} ${layer.digest.slice('sha256:'.length)} ${layer.size}`] as const];
}

/** State has one place, whichever server has the tree. */
function stateLines(context: BootContext) {
  const { installation, node } = context;
  const [first] = ownSources(context, exportedState(installation.paths, node.name));
  return first ? [['state-nfs', `${first.address} ${first.path}`] as const] : [];
}

/** @throws SlipwayError `boot/unbootable` */
function published(image: Resolved): Publication {
  checkBootable('readonly', image);
  const found = publicationOf(image);
  if (found) return found;
  const label = `${image.generation.name}:${image.generation.generation}`;
  throw fail('unbootable', {
    image: label,
    mode: 'readonly',
    reason: 'it is not published in it',
    todo: `Publish it: slipway publish ${label} --mode readonly.`,
  });
}
