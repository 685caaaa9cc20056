/**
 * The files of a node: what is said of it, its groups and profiles becomes bytes.
 * All or none: one mistake, and the node has no files. What was made is kept by
 * what it was made of, so that a thousand nodes cost what their differences cost.
 */
import type { Db } from '../db/database.ts';
import type { Resolved } from '../image/types.ts';
import { readOwn } from '../node/node.ts';
import { currentPresets } from '../node/presets.ts';
import { resolve, type Origins } from '../node/resolve.ts';
import type { FileSpec } from '../node/file-schema.ts';
import { reworded, SlipwayError, throwAll } from '../system/errors.ts';
import type { BuiltinInput } from './builtin/builtin.ts';
import { BUILTINS, DEFAULTS } from './builtin/index.ts';
import { bytesOf } from './bytes.ts';
import { digestOf } from './contents.ts';
import type { FilesContext } from './context.ts';
import { fail } from './errors.ts';
import { hostKeysOf } from './hostkeys.ts';
import { digestOfSecret, type RenderedFile } from './rendered.ts';
import { nodeScope, type NodeLike, type NodeScope } from './scope.ts';
import { readSecret } from './secrets.ts';

/** Bytes of all files of one node. */
const TOTAL_LIMIT = 64 << 20;

export interface RenderOptions {
  /** What the node boots; asked only if a template wants it. */
  image?: () => Promise<Resolved>;
  /** The interface that it boots from; default: its first MAC address. */
  bootMac?: string;
  /** Default: true. They cannot fail, so who only wants to know whether the rest can leaves them out. */
  hostKeys?: boolean;
  /** Where each file comes from, see resolve.ts. */
  origins?: Origins;
}

/**
 * All files of a node, in the order in which they are laid down.
 * @throws SlipwayError `file/variable`, `file/template`, `file/limit` with the place in the template; `file/no-secret`, `file/conflict`, …
 */
export async function renderFiles(
  context: FilesContext,
  node: NodeLike,
  options: RenderOptions = {},
): Promise<RenderedFile[]> {
  try {
    return await render(context, node, options);
  } catch (error) {
    if (!(error instanceof SlipwayError) || node.id === undefined) throw error;
    throw placed(error, options.origins ?? (await originsOf(context.db, node.id)));
  }
}

/** Says who gives the file, beside its path. */
function placed(error: SlipwayError, origins: Origins): SlipwayError {
  const { where, also } = error;
  return reworded(error, {
    where: where && { ...where, file: `${origins[`files.${where.file}`] ?? 'default'}:${where.file}` },
    also: also.map((one) => placed(one, origins)),
  });
}

/** Where each setting of a node comes from. */
export async function originsOf(db: Db, id: string): Promise<Origins> {
  const origins: Origins = {};
  const [own] = await readOwn(db, [id]);
  if (own) resolve(own.document, await currentPresets(db), origins);
  return origins;
}

async function render(
  context: FilesContext,
  node: NodeLike,
  options: RenderOptions,
): Promise<RenderedFile[]> {
  const one = new Rendering(context, node, options);
  const errors: SlipwayError[] = [];
  const specs = Object.entries({ ...DEFAULTS, ...node.files });
  // Builtins first: what is said of a path itself wins over what one makes there.
  for (const [path, spec] of specs.toSorted(([, a], [, b]) => rank(a) - rank(b)))
    try {
      await one.add(path, spec, !Object.hasOwn(node.files, path));
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
    }
  throwAll(errors);
  if (options.hostKeys !== false) one.addHostKeys();
  return one.finish();
}

const rank = (spec: FileSpec) => (spec.builtin === undefined ? 1 : 0);

class Rendering {
  readonly #context: FilesContext;
  readonly #node: NodeLike;
  readonly #options: RenderOptions;
  readonly #scope: NodeScope;
  readonly #files = new Map<string, RenderedFile>();

  constructor(context: FilesContext, node: NodeLike, options: RenderOptions) {
    this.#context = context;
    this.#node = node;
    this.#options = options;
    this.#scope = nodeScope(node);
  }

  async add(path: string, spec: FileSpec, byDefault: boolean): Promise<void> {
    const { site } = this.#context;
    const { name } = this.#scope;
    const source = byDefault ? 'default' : this.#options.origins?.[`files.${path}`];
    const { owner = 'root', group = 'root', refresh = false, run } = spec;
    const mode = (spec.mode ?? (spec.secret === undefined ? '0644' : '0600')).padStart(4, '0');
    const common = { path, mode, owner, group, secret: false, refresh, run, source };
    if (spec.absent) {
      this.#put({ ...common, kind: 'absent', digest: digestOf('') });
    } else if (spec.link !== undefined) {
      this.#put({ ...common, kind: 'link', mode: '0777', target: spec.link, digest: digestOf(spec.link) });
    } else if (spec.secret !== undefined) {
      const content = await readSecret(this.#context.db, site, spec.secret);
      if (!content) throw fail('no-secret', { path, node: name, secret: spec.secret });
      const digest = digestOfSecret(site, content);
      this.#put({ ...common, kind: 'file', secret: true, refresh: false, run: undefined, content, digest });
    } else if (spec.builtin !== undefined) {
      for (const made of await this.#builtin(path, spec.builtin, byDefault)) {
        const content = Buffer.from(made.content);
        const file = { ...common, content, digest: digestOf(content), kind: 'file' as const };
        if (made.name !== '') file.path = `${path}/${made.name}`;
        if (spec.mode === undefined && made.mode !== undefined) file.mode = made.mode;
        this.#put(byDefault ? { ...file, within: path } : file);
      }
    } else
      this.#put({
        ...common,
        kind: 'file',
        ...(await bytesOf(this.#context, path, spec, this.#scope, this.#options.image)),
      });
  }

  async #builtin(path: string, builtin: string, byDefault: boolean) {
    const found = BUILTINS.find((one) => one.name === builtin);
    if (!found)
      throw fail('no-builtin', { path, builtin, known: BUILTINS.map((one) => one.name).join(', ') });
    const { cluster } = this.#context;
    const input: BuiltinInput = {
      node: this.#scope,
      bootMac: this.#options.bootMac,
      byDefault,
      cluster: () => cluster.read(),
    };
    return await found.make(input);
  }

  #put(file: RenderedFile): void {
    this.#files.set(file.path, file);
  }

  addHostKeys(): void {
    const { id, name, ssh_host_keys: wanted } = this.#node;
    if (!wanted || id === undefined) return;
    const { site } = this.#context;
    for (const key of hostKeysOf(site, { id, name })) {
      const path = `/etc/ssh/ssh_host_${key.type}_key`;
      const common = { kind: 'file', owner: 'root', group: 'root', refresh: false } as const;
      const rest = { ...common, within: '/etc/ssh', source: 'default' };
      const content = Buffer.from(key.private);
      const open = Buffer.from(`${key.algorithm} ${key.public} ${name}\n`);
      if (this.#files.has(path) || this.#files.has(`${path}.pub`)) continue;
      const digest = digestOfSecret(site, content);
      this.#put({ ...rest, path, mode: '0600', secret: true, content, digest });
      const public_ = { path: `${path}.pub`, mode: '0644', secret: false, content: open };
      this.#put({ ...rest, ...public_, digest: digestOf(open) });
    }
  }

  /** @throws SlipwayError `file/conflict`, `file/large` */
  finish(): RenderedFile[] {
    let size = 0;
    for (const file of this.#files.values()) {
      size += file.content?.length ?? 0;
      if (size > TOTAL_LIMIT)
        throw fail('large', { path: `All files of ${this.#scope.name}`, size, limit: TOTAL_LIMIT });
      if (file.kind !== 'absent') this.#refuseConflict(file.path);
    }
    return [...this.#files.values()].toSorted((a, b) => order(a) - order(b) || (a.path < b.path ? -1 : 1));
  }

  #refuseConflict(path: string): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const other = this.#files.get(path.slice(0, end));
      if (other?.kind === 'file')
        throw fail('conflict', { path, node: this.#scope.name, other: other.path, what: 'a file' });
    }
  }
}

/** Users and groups first: owners of the others are looked up in them. */
function order({ path, within }: RenderedFile): number {
  if (path === '/etc/passwd' || path === '/etc/group') return 0;
  return within === undefined ? 1 : 2;
}
