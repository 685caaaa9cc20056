/** Whether a change of the tree asks for another kernel or initramfs. */
import { copyFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { keyOf } from '../build/key.ts';
import type { Change as Derived } from '../image/derive.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { namesInInitramfs } from '../initramfs/known-names.ts';
import { findKernels, findModules, findVmlinuz } from '../kernels/find.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import type { Lower } from '../system/sandbox.ts';
import type { Change, Trees } from './changes.ts';
import { fail } from './errors.ts';

export interface NewBoot {
  version: string;
  /** A copy of the kernel, to become a blob; nothing: the one that there is stays. */
  kernel?: string;
}

/** dracut writes these itself, whatever the tree has. */
const ITS_OWN =
  /^(etc\/(passwd|group|shadow|gshadow|ld\.so\.cache|machine-id|hostname|os-release|initrd-release)|usr\/lib\/os-release)$/;

/**
 * What is to be made anew; nothing if the image boots as before. While the trees are mounted.
 * @param work a directory for the kernel
 * @throws SlipwayError `mount/no-kernel`
 */
export async function newBoot(
  catalog: Catalog,
  base: Resolved,
  changes: readonly Change[],
  { before, after }: Trees,
  work: string,
  options: { sink: Sink; signal?: AbortSignal },
): Promise<NewBoot | undefined> {
  const { kernel, initramfs } = base;
  const version = base.config.kernel?.version;
  if (!kernel || !initramfs || version === undefined) return undefined;
  const paths = new Set(changes.map((one) => plain(one.path.slice(1))));

  if ((await findModules(before.root, version)) && !(await findModules(after.root, version))) {
    const { name } = base.generation;
    const next = (await findKernels(after.root)).toSorted((a, b) => byVersion(a.version, b.version)).at(-1);
    if (!next) throw fail('no-kernel', { image: name, version });
    const message = `${name}: the modules of its kernel ${version} are gone; it boots ${next.version} from now on`;
    options.sink({ event: 'notice', level: 'warning', message });
    return { version: next.version, kernel: await copied(next.vmlinuz, work) };
  }

  const found = await findVmlinuz(after.root, version);
  const isNew = found !== undefined && paths.has(plain(inTree(after.root, found)));
  const modules = `lib/modules/${version}/`;
  if (isNew || [...paths].some((path) => path.startsWith(modules)))
    return { version, kernel: isNew ? await copied(found, work) : undefined };
  const names = await namesInInitramfs(catalog, initramfs.digest, options.signal);
  if (names === undefined) return { version };
  const held = [...names].some((name) => !ITS_OWN.test(name) && paths.has(plain(name)));
  return held ? { version } : undefined;
}

/** Makes it. `lowers`: the whole tree, the changes on top, whose packed form is the last of `layers`. */
export async function makeNewBoot(
  installation: Installation,
  catalog: Catalog,
  base: Resolved,
  { version, kernel }: NewBoot,
  tree: { lowers: Lower[]; layers: readonly string[] },
  options: { sink: Sink; signal?: AbortSignal },
): Promise<NonNullable<Derived['boot']> | undefined> {
  const old = base.kernel;
  const blob = kernel === undefined ? old : await catalog.adoptBlob(kernel, options.signal);
  if (!blob) return undefined;
  const { initramfsFor } = await import('../initramfs/for-tree.ts');
  const initramfs = await initramfsFor({
    installation,
    catalog,
    tree: { lowers: tree.lowers, key: keyOf('image', tree.layers) },
    version,
    modules: base.config.kernel?.modules ?? [],
    epoch: Date.parse(base.config.date) / 1000,
    name: base.generation.name,
    options,
  });
  return { version, kernel: { digest: blob.digest, size: blob.size }, initramfs };
}

async function copied(file: string, work: string): Promise<string> {
  const to = join(work, 'vmlinuz');
  await copyFile(file, to);
  return to;
}

function inTree(root: string, path: string): string {
  return Buffer.from(relative(root, path)).toString('latin1');
}

/** Trees with and without /usr merged name the same file in two ways. */
function plain(path: string): string {
  return path.replace(/^usr\/(?=(bin|sbin|lib|lib64)\/)/, '');
}

/** Numbers in versions count as numbers. */
function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
