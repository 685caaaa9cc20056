import type { Context } from '../../context.ts';

/** Positional `NAME` of a secret. */
export const nameArgument = {
  brief: 'name of the secret, such as munge',
  placeholder: 'NAME',
  parse: String,
  async proposeCompletions(this: Context, partial: string): Promise<readonly string[]> {
    try {
      const { secretList } = await import('../../../operations/files/secrets.ts');
      const secrets = await this.call(secretList, {});
      return secrets.map((one) => one.name).filter((name) => name.startsWith(partial));
    } catch {
      return [];
    }
  },
} as const;
