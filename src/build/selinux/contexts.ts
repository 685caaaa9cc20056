/**
 * What an image's policy says of files: `/etc/selinux/POLICY/contexts/files/file_contexts` and what
 * belongs to it. selabel_file(5). The compiled `.bin` files are not read: they hold the same, and are
 * bound to versions of libraries.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInRoot, resolveInRoot } from '../../system/in-root.ts';

/** In the order in which libselinux reads them. */
const PARTS = ['', '.homedirs', '.local', '.subs_dist', '.subs'] as const;

/** Text by the end of the file's name; the first one is always there. */
export type Contexts = ReadonlyMap<string, string>;

export const contextsFile = (policy: string) => `/etc/selinux/${policy}/contexts/files/file_contexts`;

/** The file contexts of a tree (its host path); undefined if it has no such policy. */
export async function readContexts(root: string, policy: string): Promise<Contexts | undefined> {
  const found = new Map<string, string>();
  for (const part of PARTS) {
    const text = await readInRoot(root, `${contextsFile(policy)}${part}`);
    if (text) found.set(part, text.toString('latin1'));
  }
  return found.has('') ? found : undefined;
}

export function sameContexts(a: Contexts | undefined, b: Contexts | undefined): boolean {
  return PARTS.every((part) => a?.get(part) === b?.get(part));
}

/** Policies that a tree has, sorted. */
export async function policiesOf(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(await resolveInRoot(root, '/etc/selinux')).catch(() => [] as string[]))
    if (await readInRoot(root, contextsFile(name))) found.push(name);
  return found.toSorted();
}

/**
 * Writes the contexts into `directory` for setfiles. Lines that say `<<none>>` are left out: they mean
 * that a running system is to leave such files (`/tmp/x`) as they are, but here each file needs some
 * label, and gets what else the policy says of its path.
 */
export async function writeContexts(contexts: Contexts, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [part, text] of contexts) {
    const kept = part.startsWith('.subs') ? text : text.replace(/^.*\s<<none>>\s*$/gm, '');
    await writeFile(join(directory, `file_contexts${part}`), kept, 'latin1');
  }
}
