/** The form of a digest in records and documents, for reading them. */
import { z } from 'zod';
import type { Digest } from './types.ts';

/** @param message what is said of anything else */
export const digestForm = (message?: string) =>
  z.custom<Digest>((value) => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value), message);
