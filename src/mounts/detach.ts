import { run } from '../system/process.ts';
import { SlipwayError } from '../system/errors.ts';
import { mountsBelow } from './mountinfo.ts';

/**
 * Unmounts everything in the directory of an image, the last first. False if the kernel says that
 * something is in use: then some of it is unmounted, and the caller puts it back or gives up.
 */
export async function detach(directory: string): Promise<boolean> {
  // What is mounted upon a mount has come later; one call for all: util-linux goes through them in the order given.
  const mounts = (await mountsBelow(directory)).map((one) => one.path).toReversed();
  if (mounts.length === 0) return true;
  try {
    await run(['umount', '--no-canonicalize', '--', ...mounts]);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
  }
  return (await mountsBelow(directory)).length === 0;
}
