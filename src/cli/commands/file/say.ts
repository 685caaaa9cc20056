/** What the commands of `slipway file` do in the end. */
import type { GivenFile } from '../../../files/edit.ts';
import type { Context } from '../../context.ts';
import { openRegistry } from '../../open.ts';
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
  await using open = await openRegistry(context);
  const { sayFile, saidFiles, titleOf } = await import('../../../files/edit.ts');
  await sayFile(open.db, owner, path, given);
  const file = (await saidFiles(open.db, owner))[path];
  context.result(
    { owner, path, ...(file !== undefined && { file }) },
    () => `${titleOf(owner)}: ${path} ${said}\n`,
  );
}
