/** The threads that send files, from the main thread's side. A thread that dies is replaced. */
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Bucket } from './bandwidth.ts';
import { kernel, type Kernel } from './kernel.ts';
import type { FromThread, Order, ThreadData, ToThread } from './send-thread.ts';

/** Milliseconds: until a thread that died is replaced, and until a client that takes nothing is given up. */
const AGAIN = 1000;
const PATIENCE = 30_000;

export interface SendersOptions {
  /** Default: one less than there are processors, at least 1, at most 8. */
  threads?: number;
  /** Cap for all threads together. */
  bucket?: Bucket;
  patience?: number;
  /** Told why a thread died. */
  onDeath?: (error: Error) => void;
}

interface Job {
  done: (error?: Error) => void;
}

interface Thread {
  worker: Worker;
  jobs: Map<number, Job>;
}

/** The socket's descriptor: what Node has beside the documented. Nothing with TLS, or when it is closed. */
function descriptorOf(socket: Socket): number | undefined {
  if ('encrypted' in socket) return undefined;
  const fd = (socket as unknown as { _handle?: { fd?: unknown } | null })._handle?.fd;
  return typeof fd === 'number' && fd > 0 ? fd : undefined;
}

export class Senders implements AsyncDisposable {
  readonly #kernel: Kernel;
  readonly #options: SendersOptions;
  readonly #threads = new Set<Thread>();
  readonly #workers = new Set<Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #number = 0;
  #closed = false;

  private constructor(found: Kernel, options: SendersOptions) {
    this.#kernel = found;
    this.#options = options;
  }

  /** Starts the threads. Nothing where the kernel cannot be called: Node has to send then. */
  static async open(options: SendersOptions = {}): Promise<Senders | undefined> {
    const found = await kernel();
    if (!found) return undefined;
    const senders = new Senders(found, options);
    const count = options.threads ?? Math.min(8, Math.max(1, availableParallelism() - 1));
    await Promise.all(Array.from({ length: count }, () => senders.#start()));
    return senders;
  }

  /** For tests that end one. */
  get workers(): readonly Worker[] {
    return [...this.#threads].map(({ worker }) => worker);
  }

  /** Whether {@link send} can do it for this connection. */
  fits(socket: Socket): boolean {
    return this.#threads.size > 0 && descriptorOf(socket) !== undefined;
  }

  /**
   * Sends the bytes of an open file from `start` to before `end`. Until this is over
   * nobody else may write to the socket, and `file` must stay open. After a failure
   * the connection is of no more use.
   */
  async send(socket: Socket, file: number, start: number, end: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const own = descriptorOf(socket);
    const thread = [...this.#threads].toSorted((a, b) => a.jobs.size - b.jobs.size)[0];
    if (own === undefined || !thread) throw new Error('no thread to send');
    // Closing the connection may make its number another's; the thread's own stays what it is.
    const copy = this.#kernel.duplicate(own);
    if (copy < 0) throw new Error('no descriptor left');
    const id = ++this.#number;
    await new Promise<void>((resolve, reject) => {
      const cancel = () => {
        this.#cut(socket);
        this.#post(thread, { cancel: id });
        // Not over before the thread has said so: it reads the file until then.
      };
      thread.jobs.set(id, {
        done: (error) => {
          signal.removeEventListener('abort', cancel);
          thread.jobs.delete(id);
          if (!error) return resolve();
          // The other descriptor may be open still.
          this.#cut(socket);
          reject(error);
        },
      });
      signal.addEventListener('abort', cancel, { once: true });
      this.#post(thread, { id, socket: copy, file, start, end } satisfies Order);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #post({ worker }: Thread, message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread, not a window.
    worker.postMessage(message);
  }

  #cut(socket: Socket): void {
    const fd = descriptorOf(socket);
    if (fd !== undefined) this.#kernel.cut(fd);
  }

  /** Resolves when the thread takes orders, or has died trying. */
  async #start(): Promise<void> {
    const { bucket, patience = PATIENCE } = this.#options;
    const data: ThreadData = {
      patience,
      ...(bucket && { bandwidth: { rate: bucket.rate, memory: bucket.memory } }),
    };
    const worker = new Worker(new URL('./send-thread.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
    });
    worker.unref();
    this.#workers.add(worker);
    const thread: Thread = { worker, jobs: new Map() };
    let why = new Error('the thread ended');
    await new Promise<void>((resolve) => {
      worker.on('message', (message: FromThread) => {
        if (message === 'ready') {
          this.#threads.add(thread);
          return resolve();
        }
        const { id, error } = message;
        thread.jobs.get(id)?.done(error === undefined ? undefined : new Error(error));
      });
      worker.on('error', (error: Error) => (why = error));
      worker.on('exit', () => {
        this.#threads.delete(thread);
        this.#workers.delete(worker);
        for (const { done } of thread.jobs.values()) done(why);
        resolve();
        if (this.#closed) return;
        this.#options.onDeath?.(why);
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          void this.#start();
        }, AGAIN).unref();
        this.#timers.add(timer);
      });
    });
  }
}
