/** An initramfs without a recipe: for an image that is there, changed or not, and any kernel whose modules are in it. */
import type { BuildOptions, Tree } from '../build/context.ts';
import { LayerStore } from '../build/layer-store.ts';
import { buildLog } from '../build/logs.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import { makeInitramfs, type InitramfsRequest } from './make.ts';

export interface InitramfsFor extends Omit<InitramfsRequest, 'store' | 'context' | 'made'> {
  installation: Installation;
  catalog: Catalog;
  /** Lowest first, `/usr/lib/modules/VERSION` among them; `key` is the same only for the same content. */
  tree: Tree;
  /** SOURCE_DATE_EPOCH, seconds: the image's date. */
  epoch: number;
  /** Name of the log, such as that of the image. */
  name: string;
  options: Pick<BuildOptions, 'sink' | 'signal' | 'noCache' | 'offline'>;
}

/**
 * Makes the initramfs of `version` in a throw-away layer over `tree`, or finds it: a blob of the catalog.
 * The caller holds the lock `image-NAME` of some image, so that no layer is collected meanwhile.
 * @throws SlipwayError `initramfs/…`, `build/…`, and of the tools
 */
export async function initramfsFor(request: InitramfsFor): Promise<{ digest: Digest; size: number }> {
  const { installation, epoch, name, options, ...rest } = request;
  using log = await buildLog(installation.paths, name);
  return await makeInitramfs({
    ...rest,
    store: new LayerStore(installation.paths),
    context: { installation, options, log, epoch, managers: new Map() },
    made: () => {},
  });
}
