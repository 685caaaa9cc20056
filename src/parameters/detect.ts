import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { isParametersFile } from './form.ts';

/** Its key is among the first lines. */
const ENOUGH = 64 << 10;

/** Whether a file is one of parameters rather than a recipe. What cannot be read is neither: loading it tells why. */
export async function looksLikeParameters(file: string): Promise<boolean> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(ENOUGH), 0, ENOUGH, 0);
    return isParametersFile(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false;
  }
}
