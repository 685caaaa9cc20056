/** What the commands of `slipway file` do in the end. */
import type { GivenFile } from '../../../files/edit.ts';
import type { Context } from '../../context.ts';
import { ownerOf, type OwnerFlags } from './owner.ts';

/** @param said for people: what holds now */
export async function say(
  context: Context,
  flags: OwnerFlags,
  path: string,
  given: GivenFile | null | undefined,
  said: string,
): Promise<void> {
  const owner = ownerOf(flags);
  const [{ fileRemove, fileSet }, { titleOf }] = await Promise.all([
    import('../../../operations/files/said.ts'),
    import('../../../files/edit.ts'),
  ]);
  const result =
    given === undefined
      ? await context.call(fileRemove, { ...owner, path })
      : await context.call(fileSet, { ...owner, path, file: given && sent(given) });
  context.result(result, () => `${titleOf(owner)}: ${path} ${said}\n`);
}

function sent({ content, ...rest }: GivenFile) {
  return { ...rest, ...(content && { base64: Buffer.from(content).toString('base64') }) };
}
