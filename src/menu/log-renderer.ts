/** Progress as log lines instead of a moving picture: `-i` what is done, `-d` also what tools print. */
import type { Renderer } from '../cli/render/renderer.ts';
import { noticeText } from '../cli/render/message.ts';
import type { Style } from '../cli/render/style.ts';
import { oneLine, seconds } from '../cli/render/text.ts';

export type LogLevel = 'info' | 'debug';

export function logRenderer(
  write: (text: string) => void,
  style: Style,
  level: LogLevel,
  now = () => new Date(),
): Renderer {
  const titles = new Map<string, string>();
  const line = (name: string, text: string) =>
    write(`${style.dim(now().toTimeString().slice(0, 8))} ${name} ${oneLine(text)}\n`);
  const info = (text: string) => line(style.blue('[INFO] '), text);
  const debug = (text: string) => {
    if (level === 'debug') line(style.dim('[DEBUG]'), text);
  };
  let held: (() => void)[] | undefined;
  const show = (one: () => void) => (held ? held.push(one) : one());
  return {
    sink: (event) =>
      void show(() => {
        switch (event.event) {
          case 'task-started':
            titles.set(event.id, event.title);
            info(`start ${event.title}`);
            break;
          case 'task-finished': {
            const time = event.result === 'cached' ? '' : ` in ${seconds(event.seconds)}`;
            info(
              `${event.result} ${titles.get(event.id) ?? event.id}${time}${event.detail ? ` (${event.detail})` : ''}`,
            );
            titles.delete(event.id);
            break;
          }
          case 'output':
            debug(`${titles.get(event.id) ?? event.id}: ${event.line}`);
            break;
          case 'notice':
            write(`${noticeText(event, style)}\n`);
            break;
          case 'task-progress':
            break;
          default:
            debug(JSON.stringify(event));
        }
      }),
    async aside(during) {
      held = [];
      try {
        return await during();
      } finally {
        const missed = held;
        held = undefined;
        for (const one of missed) one();
      }
    },
    close() {},
  };
}
