/** Checkpoints in a thread of their own, for the server. */
import { Worker } from 'node:worker_threads';

/** Starts the thread for a database in WAL mode. It must have ended before the last connection is closed. */
export function startCheckpoints(file: string): AsyncDisposable {
  const worker = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  });
  // Without it the writers do it themselves, later: openDatabase sets when.
  worker.on('error', () => {});
  worker.unref();
  return { [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}
