/** What users give by a file or standard input: contents of files, secrets. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { fail } from './errors.ts';

/** @param from path, or `-` for standard input @throws SlipwayError `cli/unreadable` */
export async function readInput(from: string, limit: number): Promise<Buffer> {
  const name = from === '-' ? 'standard input' : from;
  try {
    const stream = from === '-' ? process.stdin : createReadStream('', { fd: await open(from, 'r') });
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of stream) {
      const bytes = Buffer.from(part as Buffer);
      parts.push(bytes);
      length += bytes.length;
      if (length > limit) throw new RangeError(`it has more than ${limit} bytes`);
    }
    return Buffer.concat(parts, length);
  } catch (cause) {
    throw fail('unreadable', { name, message: (cause as Error).message }, { cause });
  }
}
