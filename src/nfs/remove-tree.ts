import { run } from '../system/process.ts';

/** Removes a directory of the store with all in it, or nothing. Nothing is mounted in it, and no link is followed. */
export async function removeTree(path: string): Promise<void> {
  await run(['rm', '--recursive', '--force', '--', path]);
}
