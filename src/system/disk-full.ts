import { SlipwayError } from './errors.ts';

/** ENOSPC, from us or in the words of a tool. */
export function diskFull(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true;
  return (
    error instanceof SlipwayError &&
    /No space left on device|ENOSPC/i.test(`${error.message}\n${error.output ?? ''}`)
  );
}
