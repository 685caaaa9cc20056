/** Which files of a tree have which extended attributes, by getfattr(1): Node has no call for them. */
import { unescapeOctal } from '../system/octal.ts';
import { runBytes } from '../system/process.ts';

/**
 * Names of attributes that fit `match` (a regular expression of getfattr), by path relative to `directory`:
 * `` or `/etc/passwd`, its bytes as latin1. Files without any are left out. Links are not followed.
 */
export async function attributeNames(
  directory: string,
  match: string,
  signal?: AbortSignal,
): Promise<Map<string, string[]>> {
  const how = ['--recursive', '--physical', '--no-dereference', '--absolute-names'];
  const dump = await runBytes(['getfattr', ...how, `--match=${match}`, '--', directory], { signal });
  const found = new Map<string, string[]>();
  const skipped = '# file: '.length + Buffer.byteLength(directory);
  for (const block of dump.toString('latin1').split('\n\n')) {
    const [head = '', ...names] = block.split('\n');
    if (names.length > 0) found.set(unescapeOctal(head.slice(skipped)), names.filter(Boolean));
  }
  return found;
}
