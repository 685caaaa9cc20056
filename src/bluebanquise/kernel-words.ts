import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import type { Draft } from '../node/import/draft.ts';
import { shown } from '../node/import/words.ts';
import { SlipwayError } from '../system/errors.ts';
import type { IPXE_ARGUMENTS } from '../node/schema.ts';
import type { Variable } from './ipxe-file.ts';

/** What one iPXE variable of the registry may hold. */
const MOST_CHARACTERS = 1000;

/** Gives a node or profile an iPXE variable whose words are kernel arguments. Words that nobody may set are told. */
export function writeVariable(
  draft: Draft,
  name: (typeof IPXE_ARGUMENTS)[number],
  { value }: Variable,
): void {
  const words = value.split(/\s+/).filter((word) => word !== '' && word !== 'none');
  const taken: string[] = [];
  for (const word of words)
    try {
      taken.push(checkKernelArgument(word));
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const reason =
        error.code === 'boot/reserved-argument' ? 'only Slipway sets it' : 'no boot loader can write it';
      draft.leave(`${name} ${shown(word, 40)}`, reason);
    }
  const line = taken.join(' ');
  if (line.length > MOST_CHARACTERS) draft.leave(name, `it has more than ${MOST_CHARACTERS} characters`);
  else if (line !== '') (draft.document.ipxe ??= {})[name] = line;
}
