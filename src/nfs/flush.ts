import { run } from '../system/process.ts';

/** Everything on the file system of `path` is on the disk when this returns. syncfs(2) */
export async function flush(path: string): Promise<void> {
  await run(['sync', '--file-system', path]);
}
