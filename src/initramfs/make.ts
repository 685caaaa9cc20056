/**
 * The initramfs of an image: dracut runs in a throw-away layer over the image's
 * tree, for the image's own kernel, with the module `slipway` shown to it.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { managerFor } from '../build/packages/for-tree.ts';
import { toolOptions, type WorkContext, type Tree } from '../build/context.ts';
import { hashTree, keyOf } from '../build/key.ts';
import type { LayerStore, StoredLayer } from '../build/layer-store.ts';
import { makeLayer } from '../build/make-layer.ts';
import { task } from '../system/events.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { dracutCommand, MODULE_PATH, TOOLS } from './dracut-command.ts';
import { fail } from './errors.ts';

const MODULE = join(import.meta.dirname, 'dracut/90slipway');

export interface InitramfsRequest {
  tree: Tree;
  /** Kernel version. */
  version: string;
  /** Modules that the recipe wants loaded. */
  modules: readonly string[];
  store: LayerStore;
  catalog: Catalog;
  context: WorkContext;
  /** Called when something had to be made. */
  made: () => void;
}

/** The blob of the initramfs, from the cache if nothing that dracut sees has changed. */
export async function makeInitramfs(request: InitramfsRequest): Promise<{ digest: Digest; size: number }> {
  const { context, store, catalog, version, modules } = request;
  const { sink, noCache } = context.options;
  const tools = await toolLayer(request);
  const key = keyOf(
    'initramfs',
    'padded',
    version,
    modules,
    await hashTree(MODULE),
    dracutCommand(version, modules, [], ''),
    context.epoch,
  );
  return await task(sink, `initramfs for ${version}`, async ({ id, end }) => {
    const known = tools.packed[key];
    if (known && !noCache && (await catalog.blobs.size(known.digest)) === known.size) {
      end.result = 'cached';
      return known;
    }
    request.made();
    const blob = await dracut(request, tools, id);
    tools.packed[key] = blob;
    await store.save(tools);
    return blob;
  });
}

/** dracut and what our module needs, over the tree. */
async function toolLayer({ tree, store, context, made }: InitramfsRequest): Promise<StoredLayer> {
  const { options } = context;
  const manager = await managerFor({ ...tree }, context, 'initramfs').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'build/no-package-manager') return undefined;
    throw error;
  });
  const key = keyOf('initramfs-tools', tree.key, manager ? [manager.initramfsTools, manager.state] : []);
  return await task(options.sink, 'tools for the initramfs', async ({ id, end }) => {
    const found = options.noCache ? undefined : await store.find(key);
    if (found) {
      end.result = 'cached';
      return found;
    }
    made();
    const layer = await makeLayer(
      {
        key, title: 'tools for the initramfs', tree, epoch: context.epoch,
        run: async (sandbox) => {
          if (manager) await manager.install(sandbox, { install: manager.initramfsTools }, context, id);
          else await requireTools(sandbox);
        },
      },
      id, store, context,
    ); // prettier-ignore
    await store.seal(layer, options.signal);
    return layer;
  });
}

async function requireTools(sandbox: Sandbox): Promise<void> {
  const missing: string[] = [];
  for (const tool of TOOLS) if (!(await hasProgram(sandbox, tool))) missing.push(tool);
  if (missing.length > 0) throw fail('no-tools', { tools: missing.join(', ') });
}

async function hasProgram(sandbox: Sandbox, name: string): Promise<boolean> {
  for (const directory of ['/usr/bin', '/usr/sbin', '/bin', '/sbin'])
    if (await lstat(await sandbox.path(`${directory}/${name}`)).catch(() => undefined)) return true;
  return false;
}

async function dracut(
  { tree, version, modules, store, catalog, context }: InitramfsRequest,
  tools: StoredLayer,
  id: string,
) {
  const { paths } = context.installation;
  await using work = await workDirectory(paths, 'initramfs');
  const lowers = tools.empty ? tree.lowers : [...tree.lowers, { directory: store.directory(tools) }];
  await using sandbox = await Sandbox.open(paths, work.path, lowers);
  const output = join(work.path, 'output');
  await mkdir(output);
  const shells: string[] = [];
  for (const shell of ['bash', 'dash']) if (await hasProgram(sandbox, shell)) shells.push(shell);
  const options = {
    ...toolOptions(context, id),
    sys: true,
    binds: { [output]: '/run/output' },
    readOnlyBinds: { [MODULE]: MODULE_PATH },
  };
  await sandbox.inside(dracutCommand(version, modules, shells, '/run/output/initramfs'), options);
  const list = await sandbox.inside(['lsinitrd', '/run/output/initramfs'], {
    ...options,
    sink: undefined,
    log: undefined,
  });
  const missing = ['usr/lib/slipway/slipway-root.sh', `/modules/${version}/`, 'slipway-root.service'].filter(
    (part) => !list.stdout.includes(part),
  );
  if (missing.length > 0) throw fail('incomplete', { parts: missing.join(', ') });
  await pad(join(output, 'initramfs'));
  return await catalog.adoptBlob(join(output, 'initramfs'), context.options.signal);
}

/**
 * Fills up to the four bytes at which the kernel looks for the next archive: the EFI stub puts the
 * node initrd right behind this file (drivers/firmware/efi/libstub/file.c, init/initramfs.c).
 */
async function pad(file: string): Promise<void> {
  await using handle = await open(file, constants.O_RDWR | constants.O_NOFOLLOW);
  const { size } = await handle.stat();
  await handle.truncate(Math.ceil(size / 4) * 4);
}
