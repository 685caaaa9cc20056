/**
 * Sending a file by way of Node. Each download has one buffer that goes round
 * between disk and socket, and to the next download: a client that hangs holds
 * that and no more.
 */
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket } from './bandwidth.ts';
import { Buffers } from './buffers.ts';

const buffers = new Buffers();

/** Writes the bytes from `start` to before `end`, one buffer after the other. */
export async function pump(
  file: FileHandle,
  start: number,
  end: number,
  response: ServerResponse,
  bucket?: Bucket,
): Promise<void> {
  const leave = buffers.enter();
  try {
    let buffer = buffers.take();
    for (let position = start; position < end;) {
      if (buffer.length !== buffers.size) {
        // There are more downloads by now, or fewer.
        buffers.give(buffer);
        buffer = buffers.take();
      }
      const wanted = Math.min(bucket?.portion(buffer.length) ?? buffer.length, buffer.length, end - position);
      for (let wait = bucket?.take(wanted) ?? 0; wait > 0; wait = bucket?.take(wanted) ?? 0)
        await sleep(wait);
      const { bytesRead } = await file.read(buffer, 0, wanted, position);
      if (bytesRead === 0) throw new Error('the file ended early');
      position += bytesRead;
      // The buffer is free again when the kernel has taken all of it.
      await written(response, buffer.subarray(0, bytesRead));
    }
    // Not after an error: something may still be going on with it.
    buffers.give(buffer);
  } finally {
    leave();
  }
}

/** Writes and waits until the kernel has taken it. */
export async function written(response: ServerResponse, chunk: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = () => reject(new Error('connection closed'));
    if (response.closed) return gone();
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}
