/**
 * What is in an initramfs: names of a cpio archive, of which the beginning may be
 * uncompressed (early microcode). Format: newc of cpio(5); linux/Documentation/driver-api/early-userspace/buffer-format.rst
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { run } from '../system/process.ts';

const HEADER = 110;
const DIRECTORY = 0o040000;
const TYPE = 0o170000;
const END = 'TRAILER!!!';
const NOTHING = Buffer.alloc(0);

/** Names (bytes as latin1, no leading slash) of all that is no directory. Undefined if the file is of no form that is known. */
export async function initramfsNames(file: string, signal?: AbortSignal): Promise<Set<string> | undefined> {
  const names = new Set<string>();
  let at = 0;
  for (;;) {
    const start = await nextArchive(file, at);
    if (start === undefined) return at > 0 ? names : undefined;
    const archive = new Newc(names);
    const stream = createReadStream(file, { start: start.at, highWaterMark: 1 << 20, signal });
    if (start.form === 'cpio') {
      await pipeline(stream, archive.sink(), { signal }).catch(archive.ignoreAfterEnd);
      if (!archive.complete) return undefined;
      at = start.at + archive.length;
      continue;
    }
    const pieces = { chunkSize: 1 << 20 };
    const unpack = start.form === 'zstd' ? createZstdDecompress(pieces) : createGunzip(pieces);
    // Behind the archive there may be zeros, which no decompressor likes.
    if (start.form !== 'xz')
      await pipeline(stream, unpack, archive.sink(), { signal }).catch(archive.ignoreAfterEnd);
    else {
      stream.destroy();
      const sink = archive.sink();
      sink.on('error', () => {});
      await run(['xz', '--decompress', '--stdout', '--', file], { stdout: sink, signal, okCodes: [0, 1] });
      if (!sink.closed) await finished(sink).catch(() => {});
    }
    signal?.throwIfAborted();
    return archive.complete ? names : undefined;
  }
}

type Form = 'cpio' | 'zstd' | 'gzip' | 'xz';

/** The archive at `at`, or behind zeros; nothing at the end of the file. */
async function nextArchive(path: string, at: number): Promise<{ at: number; form: Form } | undefined> {
  await using file = await open(path);
  const buffer = Buffer.alloc(4096);
  for (let here = at; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, here);
    if (bytesRead === 0) return undefined;
    const first = buffer.subarray(0, bytesRead).findIndex((byte) => byte !== 0);
    if (first > 0 || first < 0) {
      here += first < 0 ? bytesRead : first;
      continue;
    }
    const form = formOf(buffer);
    // xz of a file takes it from its beginning only.
    return form && (form !== 'xz' || here === 0) ? { at: here, form } : undefined;
  }
}

function formOf(head: Buffer): Form | undefined {
  if (head.toString('latin1', 0, 6) === '070701') return 'cpio';
  const magic = head.toString('hex', 0, 6);
  if (magic.startsWith('28b52ffd')) return 'zstd';
  if (magic.startsWith('1f8b')) return 'gzip';
  return magic === 'fd377a585a00' ? 'xz' : undefined;
}

/** Reads one archive as it comes; its files' content is skipped. */
class Newc {
  complete = false;
  /** Bytes up to its end. */
  length = 0;
  readonly #names: Set<string>;
  #rest = NOTHING;
  #skip = 0;

  constructor(names: Set<string>) {
    this.#names = names;
  }

  /** Ends with an error as soon as the archive is complete, so that nothing behind it is read. */
  sink(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#feed(chunk);
        done(this.complete ? new Error(END) : null);
      },
    });
  }

  readonly ignoreAfterEnd = (error: unknown): void => {
    if (!this.complete && (error as Error).name === 'AbortError') throw error;
  };

  #feed(chunk: Buffer): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (!this.complete) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, data.length);
        this.#skip -= step;
        this.length += step;
        data = data.subarray(step);
      }
      const entry = this.#skip === 0 ? entryOf(data) : undefined;
      if (!entry) break;
      if (entry.name === END) this.complete = true;
      else if ((entry.mode & TYPE) !== DIRECTORY) this.#names.add(entry.name.replace(/^(\.?\/)+/, ''));
      this.#skip = entry.length;
      if (this.complete) this.length += entry.length;
    }
    // A copy: what it is a part of is used again.
    this.#rest = data.length > 0 ? Buffer.from(data) : NOTHING;
  }
}

/** The entry at the beginning of `data`; nothing if more is needed. `length`: with its file and padding. */
function entryOf(data: Buffer): { name: string; mode: number; length: number } | undefined {
  if (data.length < HEADER) return undefined;
  const field = (index: number) =>
    Number.parseInt(data.toString('latin1', 6 + index * 8, 14 + index * 8), 16);
  const [mode, size, nameSize] = [field(1), field(6), field(11)];
  if (data.toString('latin1', 0, 5) !== '07070' || Number.isNaN(mode + size + nameSize) || nameSize > 65_536)
    throw new Error('no cpio archive');
  if (data.length < HEADER + nameSize) return undefined;
  const up = (length: number) => Math.ceil(length / 4) * 4;
  const name = data.toString('latin1', HEADER, HEADER + nameSize - 1);
  return { name, mode, length: up(HEADER + nameSize) + up(size) };
}
