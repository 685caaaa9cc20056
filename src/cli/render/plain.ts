/** For logs and pipes: one line when a task ends, and one at its start if it takes longer than a second. */
import type { Renderer } from './renderer.ts';
import { noticeText, serveText } from './message.ts';
import type { Style } from './style.ts';
import { oneLine, seconds } from './text.ts';

export function plainRenderer(write: (text: string) => void, style: Style, patience = 1000): Renderer {
  const tasks = new Map<string, { title: string; timer: NodeJS.Timeout }>();
  return {
    sink(event) {
      switch (event.event) {
        case 'task-started': {
          const title = oneLine(event.title);
          const timer = setTimeout(() => write(`start   ${title}\n`), patience).unref();
          tasks.set(event.id, { title, timer });
          break;
        }
        case 'task-finished': {
          const task = tasks.get(event.id);
          clearTimeout(task?.timer);
          tasks.delete(event.id);
          const detail = event.detail ? `  (${oneLine(event.detail)})` : '';
          const time = event.result === 'cached' ? '' : `  ${seconds(event.seconds)}`;
          write(`${event.result.padEnd(6)}  ${task?.title ?? event.id}${time}${detail}\n`);
          break;
        }
        case 'notice':
          write(`${noticeText(event, style)}\n`);
          break;
        case 'serve':
          write(`${serveText(event, style)}\n`);
          break;
        default: // Progress and tool output are for terminals; the full output is in the log.
      }
    },
    close() {
      for (const { timer } of tasks.values()) clearTimeout(timer);
      tasks.clear();
    },
  };
}
