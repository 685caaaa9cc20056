/** Records in files of JSON: how they are written, and read by their form. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';

export const recordText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** What is damaged or of a newer version is as if it were not there. */
export async function readRecord<T>(file: string, form: z.ZodType<T>): Promise<T | undefined> {
  try {
    return form.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
