/** Puts files into the tree from outside it. Nothing runs inside meanwhile, so checked paths stay what they are. */
import { chmod, lstat, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { FileEntry } from '../../recipe/schema.ts';
import type { BuildContext, StepKind } from '../context.ts';
import { fail } from '../errors.ts';
import { hashTree, hostPath } from '../key.ts';
import { clear, copy, give, makeDirectory } from './copy.ts';
import { ownerIds } from './owner.ts';
import { few } from './title.ts';

export const files: StepKind = {
  title(step) {
    const paths = entries(step).map((e) => ('remove' in e ? `-${e.remove}` : e.to));
    return `files ${few(paths)}`;
  },
  async inputs(step, _tree, context) {
    return await Promise.all(
      entries(step).map(async (entry) => {
        if ('copy' in entry) return [entry, await hashTree(await hostPath(step.base, entry.copy))];
        if ('template' in entry)
          return [entry, await hashTree(await hostPath(step.base, entry.template)), context.recipe.variables];
        return entry;
      }),
    );
  },
  async run(step, sandbox, _tree, context) {
    for (const entry of entries(step)) await apply(entry, step, sandbox, context);
  },
};

function entries(step: ResolvedStep): FileEntry[] {
  return (step.step as { files: FileEntry[] }).files;
}

async function apply(
  entry: FileEntry,
  step: ResolvedStep,
  sandbox: Sandbox,
  context: BuildContext,
): Promise<void> {
  if ('remove' in entry) {
    await rm(await sandbox.path(entry.remove, false), { recursive: true, force: true });
    return;
  }
  // Links on the way are followed inside the tree; one in the last place is replaced, never written through.
  await makeDirectory(dirname(entry.to), sandbox);
  if ('link' in entry) {
    await symlink(entry.link, await clear(entry.to, 'a link', sandbox));
    return;
  }
  const ids = entry.owner === undefined ? undefined : await ownerIds(sandbox, entry.owner, step.place);
  if ('copy' in entry) await copy(await hostPath(step.base, entry.copy), entry.to, sandbox, ids);
  else if ('content' in entry) await put(entry.to, entry.content, sandbox);
  else if ('template' in entry) {
    const { renderTemplate } = await import('../../recipe/templates.ts'); // LiquidJS, only where it is used
    const from = await hostPath(step.base, entry.template);
    const text = await renderTemplate(await readFile(from, 'utf8'), from, context.recipe.variables);
    await put(entry.to, text, sandbox);
  } else if ('directory' in entry) await makeDirectory(entry.to, sandbox);
  const to = await sandbox.path(entry.to, false);
  const there = await lstat(to).catch(() => undefined);
  if (!there) throw fail('not-there', { path: entry.to });
  if (ids) await give(to, ids);
  if (entry.mode !== undefined && !there.isSymbolicLink()) await chmod(to, Number.parseInt(entry.mode, 8));
}

async function put(to: string, content: string, sandbox: Sandbox): Promise<void> {
  await writeFile(await clear(to, 'a file', sandbox), content, { mode: 0o644, flag: 'wx' });
}
