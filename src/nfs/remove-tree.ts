import { run } from '../system/process.ts';

/** Paths that one process is given: its arguments have a limit. */
const CHUNK = 500;

/** Removes directories of the store with all in them; those that are not there are no error. Nothing is mounted in them, and no link is followed. */
export async function removeTree(...paths: readonly string[]): Promise<void> {
  for (let start = 0; start < paths.length; start += CHUNK)
    await run(['rm', '--recursive', '--force', '--', ...paths.slice(start, start + CHUNK)]);
}
