/**
 * What the work tells its caller while it runs. The work emits, faces render:
 * nothing below `cli`, `menu` and `server` prints. With `--json` each event is
 * one line as it stands here.
 */
import type { Place } from './errors.ts';

/** A unit of work with a beginning and an end: a step of a build, a download, a boot stage. */
export interface TaskStarted {
  event: 'task-started';
  /** Unique within one command, e.g. `step:2`. */
  id: string;
  title: string;
}
export interface TaskFinished {
  event: 'task-finished';
  id: string;
  seconds: number;
  result: 'done' | 'cached' | 'failed';
  /** Why it was cached or ran; what came out. */
  detail?: string;
}
export interface TaskProgress {
  event: 'task-progress';
  id: string;
  done: number;
  total?: number;
  unit: 'bytes' | 'items' | 'percent' | 'seconds';
}
/** One line that a tool printed. */
export interface ToolOutput {
  event: 'output';
  id: string;
  line: string;
}
export interface Notice {
  event: 'notice';
  level: 'info' | 'warning';
  message: string;
  where?: Place;
  /** What belongs to it, shown below: the end of a console. Written by others, so to be escaped. */
  lines?: string[];
}
/** Last event of a build. `bytes`: sum of the layers, kernel and initramfs. */
export interface Built {
  event: 'built';
  image: string;
  generation: number;
  digest: string;
  cached: boolean;
  seconds: number;
  bytes: number;
}
export interface Stage {
  name: string;
  /** Since power-on. */
  seconds: number;
}
/** Last event of `image test`. `console`: path of the serial log. */
export interface Tested {
  event: 'tested';
  result: 'pass' | 'fail';
  stages: Stage[];
  console: string;
  /** Why it failed: trap code, last stage. */
  reason?: string;
}
/** A node, the server or dnsmasq changed state while `serve` runs. */
export interface ServeEvent {
  event: 'serve';
  kind: 'api' | 'listening' | 'dnsmasq' | 'nfs' | 'boot' | 'request' | 'stopped';
  message: string;
  fields?: Record<string, string | number | boolean>;
}

export type SlipwayEvent =
  TaskStarted | TaskFinished | TaskProgress | ToolOutput | Notice | Built | Tested | ServeEvent;
export type Sink = (event: SlipwayEvent) => void;

/** For callers that do not listen. */
export const silent: Sink = () => {};

let taskCount = 0;

/**
 * Runs `work` as a task: emits start and end with elapsed seconds, also when it throws.
 * `work` may say through the given `end` object that it was cached, or failed without an exception.
 */
export async function task<T>(
  sink: Sink,
  title: string,
  work: (task: { id: string; end: { result: 'done' | 'cached' | 'failed'; detail?: string } }) => Promise<T>,
): Promise<T> {
  const id = `t${++taskCount}`;
  const start = performance.now();
  const end: { result: 'done' | 'cached' | 'failed'; detail?: string } = { result: 'done' };
  sink({ event: 'task-started', id, title });
  const seconds = () => Math.round(performance.now() - start) / 1000;
  try {
    const value = await work({ id, end });
    sink({ event: 'task-finished', id, seconds: seconds(), result: end.result, detail: end.detail });
    return value;
  } catch (error) {
    sink({ event: 'task-finished', id, seconds: seconds(), result: 'failed' });
    throw error;
  }
}
