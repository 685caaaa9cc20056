/** Forms that records of trees have in common, and whether something is there. */
import { lstat } from 'node:fs/promises';
import { z } from 'zod';
import { digestForm } from '../image/digest-form.ts';
import { NAME } from '../system/names.ts';

export const digest = digestForm();
export const name = z.string().regex(NAME);
/** ISO time. */
export const time = z.string().max(40);

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
