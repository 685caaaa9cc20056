/** Candidates for completion. Nothing here may fail loudly: a shell is waiting for a key. */
import { proposeCompletions } from '@stricli/core';
import { buildApp } from './app.ts';
import type { Context } from './context.ts';

/** `candidate TAB description` lines for the words after the program's name. */
export async function completionLines(words: readonly string[], context: Context): Promise<string> {
  const found = await proposeCompletions(
    buildApp(words, () => {}),
    words,
    context,
  );
  return found.map(({ completion, brief }) => `${completion}\t${brief.replace(/\s+/g, ' ')}\n`).join('');
}

const MOST = 200;

/** References that begin as typed: names first, tags and generations once a colon is there. */
export async function imageNames(partial: string): Promise<readonly string[]> {
  try {
    const [{ loadInstallation }, { readIndex }] = await Promise.all([
      import('../system/config.ts'),
      import('../image/index-file.ts'),
    ]);
    const { entries } = await readIndex(loadInstallation().paths.catalog);
    const all = partial.includes(':')
      ? entries.flatMap((e) => [...e.tags, e.number].map((end) => `${e.name}:${end}`))
      : entries.map((e) => e.name);
    return [...new Set(all)].filter((name) => name.startsWith(partial)).slice(0, MOST);
  } catch {
    return [];
  }
}

/** Kernels of the pool. */
export async function kernelVersions(partial: string): Promise<readonly string[]> {
  try {
    const [{ loadInstallation }, { KernelPool }] = await Promise.all([
      import('../system/config.ts'),
      import('../kernels/pool.ts'),
    ]);
    const { kernels } = await new KernelPool(loadInstallation().paths).list();
    return kernels.map((kernel) => kernel.version).filter((version) => version.startsWith(partial));
  } catch {
    return [];
  }
}

/** Nodes, or groups behind an @, for the last operand of a node set. */
export async function nodeNames(partial: string): Promise<readonly string[]> {
  const [before = ''] = /^(.*[,!&^\s])?(?=[^,!&^\s]*$)/.exec(partial) ?? [];
  const last = partial.slice(before.length);
  if (last.startsWith('@profile:'))
    return (await presetNames('profile', last.slice(9))).map((name) => `${before}@profile:${name}`);
  if (last.startsWith('@'))
    return (await presetNames('group', last.slice(1))).map((name) => `${before}@${name}`);
  try {
    const { loadInstallation } = await import('../system/config.ts');
    const { DatabaseSync } = await import('node:sqlite');
    using db = new DatabaseSync(loadInstallation().paths.database, { readOnly: true, timeout: 200 });
    const rows = db
      .prepare('SELECT name FROM node WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2')
      .all(last, MOST);
    return rows.map((row) => `${before}${String(row['name'])}`);
  } catch {
    return [];
  }
}

/** Names of groups or of profiles. */
export async function presetNames(kind: 'group' | 'profile', partial: string): Promise<readonly string[]> {
  try {
    const { loadInstallation } = await import('../system/config.ts');
    const { DatabaseSync } = await import('node:sqlite');
    using db = new DatabaseSync(loadInstallation().paths.database, { readOnly: true, timeout: 200 });
    const rows = db
      .prepare(
        'SELECT name FROM preset WHERE kind = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name LIMIT ?3',
      )
      .all(kind, partial, MOST);
    return rows.map((row) => String(row['name']));
  } catch {
    return [];
  }
}
