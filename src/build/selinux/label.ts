/**
 * Labels of layers. What a step wrote is labelled in its own layer, as the policy that the image has by
 * then wants it. Only where a step changed the policy's file contexts, labels of what lies below may have
 * changed too: then those files are copied up and are part of the layer.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { run } from '../../system/process.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { WorkContext } from '../context.ts';
import { writeConfig } from './config-file.ts';
import { checkPolicy } from './check-policy.ts';
import { readContexts, sameContexts, writeContexts, type Contexts } from './contexts.ts';
import type { Selinux } from './policy.ts';
import { setLabels, type Labelling } from './setfiles.ts';

export type LabelContext = Pick<WorkContext, 'installation'> &
  Partial<Pick<WorkContext, 'log'>> & { options: { signal?: AbortSignal } };

export class Labels {
  readonly #selinux: Selinux;
  readonly #context: WorkContext;
  readonly #before: Contexts | undefined;
  #contexts: Contexts | undefined;

  private constructor(selinux: Selinux, context: WorkContext, before: Contexts | undefined) {
    this.#selinux = selinux;
    this.#context = context;
    this.#before = before;
  }

  /**
   * Looks at a tree before it is changed. `below`: for what policy it is labelled; undefined if it is
   * not, or if there is nothing in it yet.
   */
  static async open(sandbox: Sandbox, selinux: Selinux, below: string | undefined, context: WorkContext) {
    const labelled = below === selinux.policy;
    return new Labels(
      selinux,
      context,
      labelled ? await readContexts(sandbox.root, selinux.policy) : undefined,
    );
  }

  /**
   * After the change, as long as the tree is mounted: has the image's settings name the policy, and labels
   * what lies below if that is due. Nothing happens in a tree that has no policy yet.
   * @param below whether there are layers below
   * @throws SlipwayError `selinux/…`
   */
  async inTree(sandbox: Sandbox, below: boolean): Promise<void> {
    this.#contexts = await readContexts(sandbox.root, this.#selinux.policy);
    if (!this.#contexts) return;
    await writeConfig(sandbox.root, this.#selinux);
    if (sameContexts(this.#before, this.#contexts)) return;
    await checkPolicy(sandbox, this.#selinux.policy, this.#contexts, this.#context);
    if (!below) return;
    if (!this.#before)
      this.#context.options.sink({
        event: 'notice',
        level: 'info',
        message:
          'SELinux: this layer has a labelled copy of everything below it; with the policy in the source, or selinux in the image below, it is smaller',
      });
    await withContexts(this.#contexts, this.#selinux.policy, this.#context, async (labelling) => {
      const inTree = { ...labelling, namespace: sandbox.namespace };
      const { signal } = this.#context.options;
      // With its label the first name of a file becomes a file of its own, which setfiles takes for all names.
      const linked = await inMerged(sandbox, ['-type', 'f', '-links', '+1'], signal);
      await setLabels(sandbox.merged, inTree);
      const rest = [...new Set([...linked, ...(await onOtherDevices(sandbox, signal))])];
      if (rest.length > 0) await setLabels(sandbox.merged, inTree, rest);
    });
  }

  /** When the tree is unmounted: labels what is in its upper directory. */
  async inLayer(upper: string): Promise<void> {
    if (this.#contexts) await labelLayer(upper, this.#contexts, this.#selinux.policy, this.#context);
  }
}

/**
 * Labels what is in `upper`, the directory of a layer that is mounted nowhere, as `contexts` say: those of
 * the whole tree with it on top. @throws SlipwayError `selinux/bad-contexts`, `selinux/slow`
 */
export async function labelLayer(
  upper: string,
  contexts: Contexts,
  policy: string,
  context: LabelContext,
): Promise<void> {
  const { signal } = context.options;
  await withContexts(contexts, policy, context, async (labelling) => {
    await setLabels(upper, labelling);
    // Of a file with several names the directory's order decides, which is by chance; here the first by name.
    const linked = await list(upper, ['-type', 'f', '-links', '+1'], signal);
    const firsts = new Map(linked.toSorted((x, y) => (x.path < y.path ? 1 : -1)).map((one) => [one.inode, one.path])); // prettier-ignore
    if (firsts.size > 0) await setLabels(upper, labelling, [...firsts.values()]);
  });
  await unlabelWhiteouts(upper, signal);
}

/** The contexts as files, for the time of `work`. */
async function withContexts(
  contexts: Contexts,
  policy: string,
  { installation, options, log }: LabelContext,
  work: (labelling: Labelling) => Promise<void>,
): Promise<void> {
  await using directory = await workDirectory(installation.paths, 'contexts');
  const path = join(directory.path, 'contexts');
  await writeContexts(contexts, path);
  await work({ contexts: path, policy, options: { signal: options.signal, log } });
}

/** What says that a file is gone needs no label. One such file may stand at several paths. */
async function unlabelWhiteouts(upper: string, signal?: AbortSignal): Promise<void> {
  const found = new Map<string, Buffer>();
  for (const { inode, path } of await list(upper, ['-type', 'c'], signal)) {
    const whole = Buffer.concat([Buffer.from(`${upper}/`), Buffer.from(path, 'latin1')]);
    if ((await lstat(whole)).rdev === 0) found.set(inode, Buffer.concat([whole, Buffer.alloc(1)]));
  }
  const remove = ['setfattr', '--no-dereference', '--remove=security.selinux', '--'];
  if (found.size > 0)
    await run(['xargs', '--null', ...remove], { signal, input: Buffer.concat([...found.values()]) });
}

/**
 * Files that seem to lie on another device than the root of the tree, as those of packed layers do in an
 * overlay: setfiles leaves them out unless they are named. The paths' bytes as latin1.
 */
async function onOtherDevices(sandbox: Sandbox, signal?: AbortSignal): Promise<string[]> {
  const entries = await inMerged(sandbox, [], signal, '%D/%P\\0');
  const own = entries[0]?.split('/', 1)[0];
  return entries.flatMap((entry) =>
    entry.startsWith(`${own}/`) ? [] : [entry.slice(entry.indexOf('/') + 1)],
  );
}

/** What find(1) finds in a mounted tree by `tests`, in the form `print`; the bytes as latin1. */
async function inMerged(
  { namespace, merged }: Sandbox,
  tests: readonly string[],
  signal?: AbortSignal,
  print = '%P\\0',
): Promise<string[]> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await namespace.run(['find', merged, ...tests, '-printf', print], { signal, stdout });
  return Buffer.concat(chunks).toString('latin1').split('\0').slice(0, -1);
}

/** What find(1) finds below `directory` by `tests`; the paths' bytes as latin1. */
async function list(
  directory: string,
  tests: readonly string[],
  signal?: AbortSignal,
): Promise<{ inode: string; path: string }[]> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await run(['find', directory, '-mindepth', '1', ...tests, '-printf', '%i/%P\\0'], { signal, stdout });
  const entries = Buffer.concat(chunks).toString('latin1').split('\0').slice(0, -1);
  return entries.map((entry) => {
    const at = entry.indexOf('/');
    return { inode: entry.slice(0, at), path: entry.slice(at + 1) };
  });
}
