/** Opens what commands work on. */
import type { Db } from '../db/database.ts';
import type { FilesContext } from '../files/context.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest, InUse } from '../image/types.ts';
import type { Context, Work } from './context.ts';

export async function openCatalog(
  context: Context,
  options?: { reconcile?: boolean },
): Promise<Work & { catalog: Catalog }> {
  const work = await context.work(options);
  const { Catalog } = await import('../image/catalog.ts');
  return { ...work, catalog: await Catalog.open(work.installation.paths) };
}

/** The registry of nodes; closed when disposed. */
export async function openRegistry(context: Context): Promise<Work & { db: Db } & AsyncDisposable> {
  const work = await context.work();
  const { openDatabase } = await import('../db/database.ts');
  const database = await openDatabase(work.installation.paths.database);
  return { ...work, db: database.db, [Symbol.asyncDispose]: () => database.close() };
}

export interface Both extends Work, AsyncDisposable {
  catalog: Catalog;
  db: Db;
  /** Nodes that need a generation. */
  inUse: InUse;
  /** Digests of all generations that some node needs, or that are mounted. */
  roots(): Promise<Digest[]>;
}

export async function openCatalogAndRegistry(
  context: Context,
  options?: { reconcile?: boolean },
): Promise<Both> {
  const [open, registry, { generationsInUse }] = [
    await openCatalog(context, options),
    await openRegistry(context),
    await import('../node/assignment.ts'),
  ];
  const { catalog } = open;
  const { andTrees } = await import('../nfs/needs.ts');
  const inUse = andTrees(catalog.paths, generationsInUse(registry.db, catalog));
  const roots = async () => {
    const digests: Digest[] = [];
    for (const generation of await catalog.generations())
      if ((await inUse(generation)).length > 0) digests.push(generation.digest);
    const { mountedDigests } = await import('../mounts/record.ts');
    return [...digests, ...(await mountedDigests(catalog.paths))];
  };
  return { ...registry, catalog, inUse, roots, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

/** What shows the files of nodes. */
export async function openFiles(context: Context): Promise<Both & { files: FilesContext }> {
  const both = await openCatalogAndRegistry(context);
  const [{ filesContext }, { siteSecret }] = await Promise.all([
    import('../files/context.ts'),
    import('../boot/keys.ts'),
  ]);
  const files = filesContext(both.db, await siteSecret(both.installation.paths, both));
  return { ...both, files, [Symbol.asyncDispose]: () => both[Symbol.asyncDispose]() };
}
