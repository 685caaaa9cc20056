/** A file to import from, as text. */
import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { SlipwayError } from '../../system/errors.ts';
import { fail } from './errors.ts';

export interface Source {
  /** As it was given, for messages. */
  file: string;
  text: string;
}

/** 100,000 nodes have 40 MB. */
export const MOST_BYTES = 256 << 20;

/** Reads a file or pipe. @throws SlipwayError `import/unreadable`, `import/not-text` */
export async function readSource(file: string): Promise<Source> {
  try {
    await using handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw fail('unreadable', { file, reason: 'it is a directory' });
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > MOST_BYTES)
        throw fail('unreadable', { file, reason: `it has more than ${MOST_BYTES >> 20} MiB` });
    }
    return sourceOf(file, Buffer.concat(parts));
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'it is not there' : (code ?? String(cause));
    throw fail('unreadable', { file, reason }, { cause });
  }
}

/** @throws SlipwayError `import/not-text` with the line */
export function sourceOf(file: string, bytes: Buffer): Source {
  const nul = bytes.indexOf(0);
  // Such a line is nothing to show.
  if (nul >= 0) throw fail('not-text', { file, reason: 'it has NUL characters' }, { where: { file } });
  if (!isUtf8(bytes)) {
    let start = 0;
    for (
      let end = bytes.indexOf(10);
      end >= 0 && isUtf8(bytes.subarray(start, end));
      end = bytes.indexOf(10, start)
    )
      start = end + 1;
    throw notText(file, bytes, start, 'there are other bytes');
  }
  return { file, text: new TextDecoder().decode(bytes) };
}

function notText(file: string, bytes: Buffer, at: number, reason: string): SlipwayError {
  let line = 1;
  for (let i = bytes.indexOf(10); i >= 0 && i < at; i = bytes.indexOf(10, i + 1)) line++;
  return fail('not-text', { file, reason }, { where: { file, line } });
}

/** Lines that say something, without what is behind `#` at their start. Numbers count from 1. */
export function* linesOf(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  for (const line of text.split(/\r?\n/)) {
    number++;
    if (!/^\s*(#|$)/.test(line)) yield { line, number };
  }
}
