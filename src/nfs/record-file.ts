/** How records are written, and read by their form: what is damaged or of a newer version is as if it were not there. */
import { lstat, readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Digest } from '../image/types.ts';
import { NAME } from '../system/names.ts';

export const digest = z.custom<Digest>((v) => typeof v === 'string' && /^sha256:[0-9a-f]{64}$/.test(v));
export const name = z.string().regex(NAME);
/** ISO time. */
export const time = z.string().max(40);

export const recordText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export async function readRecord<T>(file: string, form: z.ZodType<T>): Promise<T | undefined> {
  try {
    return form.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
