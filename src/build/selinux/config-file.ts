import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { resolveInRoot } from '../../system/in-root.ts';
import type { Selinux } from './policy.ts';

/**
 * Has `/etc/selinux/config` of a tree name policy and mode, and asks for no relabelling at boot: the
 * image is labelled, and a node without a disk would do it again each time. selinux_config(5)
 */
export async function writeConfig(root: string, { policy, mode }: Selinux): Promise<void> {
  await rm(await resolveInRoot(root, '/.autorelabel', false), { force: true });
  const file = await resolveInRoot(root, '/etc/selinux/config', false);
  const found = await lstat(file).catch(() => undefined);
  if (found && !found.isFile()) await rm(file, { recursive: true });
  const before = found?.isFile() ? await readFile(file, 'latin1') : '';
  const after = set(set(before, 'SELINUX', mode), 'SELINUXTYPE', policy);
  if (after !== before) await writeFile(file, after, { encoding: 'latin1', mode: 0o644 });
}

/** `key=value` in the place of the lines that have the key, or at the end. */
function set(text: string, key: string, value: string): string {
  const line = new RegExp(`^[ \\t]*${key}[ \\t]*=.*$`, 'gm');
  if (line.test(text)) return text.replace(line, `${key}=${value}`);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${key}=${value}\n`;
}
