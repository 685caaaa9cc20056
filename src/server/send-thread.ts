/**
 * A thread that sends parts of files to clients with sendfile(2), many at a time,
 * each in its turn. The connections stay the main thread's: this one has a
 * descriptor of its own for each, and says when the bytes are out.
 */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Bucket } from './bandwidth.ts';
import { kernel } from './kernel.ts';

/** What the main thread asks for. Descriptors: `socket` is ours to close, `file` is not. */
export interface Order {
  id: number;
  socket: number;
  file: number;
  /** From `start` to before `end`. */
  start: number;
  end: number;
}
export type ToThread = Order | { cancel: number };
/** `ready` once; then the end of each order, after which its file is not used any more. */
export type FromThread = 'ready' | { id: number; error?: string };
export interface ThreadData {
  /** Bytes per second, and the memory of the bucket. */
  bandwidth?: { rate: number; memory: SharedArrayBuffer };
  /** Milliseconds after which it is asked whether a client that takes nothing more still reads. */
  patience: number;
}

interface Job extends Order {
  connection: Socket;
  over: boolean;
  /** Bytes that the client had not taken when it was last asked. */
  unsent: number;
}

/** Bytes of one turn: what others wait for. */
const TURN = 512 << 10;
/** What goes through Node when the socket is full: Node then waits until it is not. */
const PIECE = 4 << 10;
/** A client that is slower than that, in bytes per second, is taken for gone. */
const SLOWEST = 1000;

const port = parentPort;
if (!port) throw new Error('not a thread');
const { bandwidth, patience } = workerData as ThreadData;
const bucket = bandwidth && new Bucket(bandwidth.rate, bandwidth.memory);
const turn = bucket?.portion(TURN) ?? TURN;
const pieces: Buffer[] = [];
const jobs = new Map<number, Job>();
const ready: Job[] = [];
let running = false;
const found = await kernel();
if (!found) throw new Error('no kernel calls');
const calls = found;

port.on('message', (message: ToThread) => {
  if ('cancel' in message) {
    const job = jobs.get(message.cancel);
    if (job) finish(job, new Error('connection closed'));
  } else begin(message);
});
port.postMessage('ready' satisfies FromThread);

function begin(order: Order): void {
  const connection = new Socket({ fd: order.socket, readable: false, writable: true });
  const job: Job = { ...order, connection, over: false, unsent: 0 };
  jobs.set(order.id, job);
  connection.on('error', (error) => finish(job, error));
  ready.push(job);
  run();
}

function run(): void {
  if (running || ready.length === 0) return;
  running = true;
  setImmediate(round);
}

/** One turn for each that can take something. */
function round(): void {
  const round_ = ready.splice(0);
  for (const [index, job] of round_.entries()) {
    if (job.over) continue;
    const wanted = Math.min(turn, job.end - job.start);
    const wait = bucket?.take(wanted) ?? 0;
    if (wait > 0) {
      ready.unshift(...round_.slice(index));
      setTimeout(round, wait);
      return;
    }
    step(job, wanted);
  }
  running = false;
  run();
}

function step(job: Job, wanted: number): void {
  const sent = calls.send(job.socket, job.file, job.start, wanted);
  if (sent === 0) return finish(job, new Error('the file ended early'));
  if (sent < 0) {
    // Full, or broken: Node finds out which.
    bucket?.give(wanted - Math.min(wanted, PIECE));
    return byNode(job, Math.min(wanted, PIECE));
  }
  bucket?.give(wanted - sent);
  advance(job, sent);
}

function advance(job: Job, bytes: number): void {
  job.start += bytes;
  if (job.start === job.end) return finish(job);
  ready.push(job);
  run();
}

function byNode(job: Job, wanted: number): void {
  const piece = pieces.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  let bytes = 0;
  try {
    bytes = readSync(job.file, piece, 0, wanted, job.start);
    if (bytes === 0) throw new Error('the file ended early');
  } catch (error) {
    return finish(job, error as Error);
  }
  const stop = watch(job);
  job.connection.write(piece.subarray(0, bytes), (error) => {
    stop();
    // Not after an error: something may still be going on with it.
    if (error) return finish(job, error);
    pieces.push(piece);
    if (!job.over) advance(job, bytes);
  });
}

/** Gives up a client that has stopped reading. How much is left of what the kernel took says so. */
function watch(job: Job): () => void {
  job.unsent = calls.unsent(job.socket);
  const timer = setInterval(() => {
    const left = calls.unsent(job.socket);
    if (job.unsent - left < (SLOWEST * patience) / 1000) finish(job, new Error('the client stopped reading'));
    job.unsent = left;
  }, patience);
  return () => clearInterval(timer);
}

function finish(job: Job, error?: Error): void {
  if (job.over) return;
  job.over = true;
  jobs.delete(job.id);
  job.connection.destroy();
  port?.postMessage({ id: job.id, ...(error && { error: error.message }) } satisfies FromThread);
}
