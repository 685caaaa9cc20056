/** What single values of nodes look like. */
import { z } from 'zod';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import { SlipwayError } from '../system/errors.ts';
import { NAME } from '../system/names.ts';
import { normalizeMac } from './mac.ts';

/** Makes a check of our own speak zod: the message of a SlipwayError becomes an issue. */
export function checked<T>(check: (value: T) => T) {
  return (value: T, context: z.RefinementCtx): T => {
    try {
      return check(value);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      context.addIssue({ code: 'custom', message: `${error.message}: ${error.why}` });
      return z.NEVER;
    }
  };
}

export const nameSchema = z.string().regex(NAME, 'must be a name: a-z 0-9 . _ - and at most 63 characters');
/** One line. */
export const text = (limit: number) =>
  z
    .string()
    .max(limit)
    .regex(/^\P{Cc}*$/u, 'must not have control characters');

/** Free words that end in file names, scripts and labels of others: without what quotes or expands there. */
export const words = text(1000).regex(
  /^[^"'`\\$<>{}]*$/,
  'must not have quotes, backslashes or any of $ < > { }',
);

export const reference = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9][a-z0-9._-]*(:[a-z0-9][a-z0-9._-]*)?$/,
    'must be an image reference: NAME, NAME:TAG or sha256:…',
  );

export const interfaceName = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.:-]{0,14}$/, 'must be the name of an interface');
export const MacSchema = z.string().transform(checked(normalizeMac)).pipe(z.string());

/** An argument, or `!name`: takes away what a profile or group said of `name`. */
export const ArgumentSchema = z
  .string()
  .max(1000)
  .transform(
    checked((argument: string) =>
      argument.startsWith('!') ? '!' + checkKernelArgument(argument.slice(1)) : checkKernelArgument(argument),
    ),
  )
  .pipe(z.string());
