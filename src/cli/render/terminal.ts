/**
 * For terminals: finished tasks scroll away as lines, running ones stay below
 * them with elapsed time, a bar where an amount is known, and the last line
 * that their tool printed.
 */
import type { TaskProgress } from '../../system/events.ts';
import { noticeText, serveText } from './message.ts';
import { progressText } from './progress.ts';
import type { Renderer, Screen } from './renderer.ts';
import type { Style } from './style.ts';
import { fit, oneLine, pad, padLeft, seconds, width } from './text.ts';

const EVERY = 100; // milliseconds between two pictures
const WIDEST = 100;

interface Task {
  title: string;
  start: number;
  progress?: TaskProgress;
  output?: string;
}

export function terminalRenderer(screen: Screen, style: Style, now = () => performance.now()): Renderer {
  const tasks = new Map<string, Task>();
  let drawn = 0; // lines of the live area that stand on the screen
  let timer: NodeJS.Timeout | undefined;
  let held: string | undefined; // while somebody else uses the screen: lines to show afterwards

  /** One write a picture, so that it never flickers. `above` scrolls away. */
  const draw = (above = '') => {
    if (held !== undefined) {
      held += above;
      return;
    }
    const { columns, rows } = screen.size();
    const live = liveLines(tasks, style, Math.min(columns - 1, WIDEST), Math.max(1, rows - 2), now());
    const erase = drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : '';
    const text = erase + above + live.map((line) => `${line}\n`).join('');
    if (text) screen.write(text);
    drawn = live.length;
  };
  const tick = () => {
    if (tasks.size > 0) {
      timer ??= setInterval(() => draw(), EVERY).unref();
      return;
    }
    clearInterval(timer);
    timer = undefined;
  };

  return {
    sink(event) {
      const columns = Math.min(screen.size().columns - 1, WIDEST);
      switch (event.event) {
        case 'task-started':
          tasks.set(event.id, { title: oneLine(event.title), start: now() });
          draw();
          break;
        case 'task-finished': {
          const title = tasks.get(event.id)?.title ?? event.id;
          tasks.delete(event.id);
          draw(`${finishedLine(title, event.result, event.seconds, event.detail, style, columns)}\n`);
          break;
        }
        case 'task-progress': {
          const task = tasks.get(event.id);
          if (task) task.progress = event;
          break;
        }
        case 'output': {
          const task = tasks.get(event.id);
          const line = oneLine(event.line).trim();
          if (task && line) task.output = line;
          break;
        }
        case 'notice':
          draw(`${noticeText(event, style)}\n`);
          break;
        case 'serve':
          draw(`${serveText(event, style)}\n`);
          break;
        default: // Results are printed by the command.
      }
      tick();
    },
    async aside(during) {
      const running = new Map(tasks);
      tasks.clear();
      draw();
      for (const [id, task] of running) tasks.set(id, task);
      held = '';
      try {
        return await during();
      } finally {
        const missed = held;
        held = undefined;
        draw(missed);
      }
    },
    close() {
      tasks.clear();
      tick();
      draw();
    },
  };
}

function finishedLine(
  title: string,
  result: 'done' | 'cached' | 'failed',
  time: number,
  detail: string | undefined,
  style: Style,
  columns: number,
): string {
  const right =
    result === 'cached' ? 'cached' : result === 'failed' ? `failed ${seconds(time)}` : seconds(time);
  const room = columns - 2 - width(right) - 2;
  const name = fit(title, room, style.sign.more);
  const rest = detail ? fit(`  ${oneLine(detail)}`, room - width(name), style.sign.more) : '';
  const sign = result === 'failed' ? style.red(style.sign.failed) : style.green(style.sign.done);
  const end = result === 'failed' ? style.red(right) : style.dim(right);
  return `${sign} ${name}${style.dim(rest)}${' '.repeat(Math.max(0, room - width(name) - width(rest)))}  ${end}`;
}

function liveLines(
  tasks: ReadonlyMap<string, Task>,
  style: Style,
  columns: number,
  rows: number,
  now: number,
): string[] {
  const lines: string[] = [];
  for (const task of tasks.values()) {
    const time = seconds((now - task.start) / 1000);
    const progress = task.progress ? progressText(task.progress, style, columns < 70 ? 10 : 20) : '';
    let room = columns - 2 - width(time) - 2;
    // A narrow terminal keeps the title and the time, and drops the bar.
    const shown = progress && room - width(progress) - 2 >= 12 ? progress : '';
    if (shown) room -= width(shown) + 2;
    const right = shown ? `  ${shown}  ` : '  ';
    lines.push(
      `${style.blue(style.sign.running)} ${pad(fit(task.title, room, style.sign.more), room)}${right}${style.dim(padLeft(time, width(time)))}`,
    );
    if (task.output) lines.push(style.dim(`    ${fit(task.output, columns - 4, style.sign.more)}`));
  }
  return lines.slice(0, rows);
}
