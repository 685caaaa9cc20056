/** Changes of a node, an upper directory, put into another tree. All in it is the node's: no link is ever followed. */
import { run } from '../../system/process.ts';

/** `upper`: not there yet. Whiteouts and opaque directories stay what they are. */
export async function copyChanges(changes: string, upper: string, signal?: AbortSignal): Promise<void> {
  const keep = ['--archive', '--preserve=xattr', '--sparse=auto', '--no-target-directory'];
  await run(['cp', ...keep, '--', changes, upper], { signal });
}

/** Into `root`, a whole tree in which nobody writes. */
export async function applyChanges(_changes: string, _root: string, _signal?: AbortSignal): Promise<void> {
  await Promise.reject(new Error('not there yet'));
}
