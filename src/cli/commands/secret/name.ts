import type { Context } from '../../context.ts';
import { openRegistry } from '../../open.ts';

/** Positional `NAME` of a secret. */
export const nameArgument = {
  brief: 'name of the secret, such as munge',
  placeholder: 'NAME',
  parse: String,
  async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    await using open = await openRegistry(this);
    const { listSecrets } = await import('../../../files/secrets.ts');
    return (await listSecrets(open.db)).map((one) => one.name).filter((name) => name.startsWith(partial));
  },
} as const;
