/** Events that look the same in every renderer for people. */
import { placeText } from '../../system/errors.ts';
import type { Notice, ServeEvent } from '../../system/events.ts';
import type { Style } from './style.ts';
import { oneLine } from './text.ts';

export function noticeText(event: Notice, style: Style): string {
  const label = event.level === 'warning' ? style.yellow('warning:') : style.blue('note:');
  const where = event.where ? ` ${placeText(event.where)}:` : '';
  const lines = (event.lines ?? []).map((line) => `\n  ${style.dim(oneLine(line))}`);
  return `${label}${oneLine(where)} ${oneLine(event.message)}${lines.join('')}`;
}

/** `14:05:06 boot       n1 asked for its script  image=compute:7` */
export function serveText(event: ServeEvent, style: Style, now = new Date()): string {
  const fields = Object.entries(event.fields ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  const time = style.dim(now.toTimeString().slice(0, 8));
  return `${time} ${event.kind.padEnd(9)} ${oneLine([event.message, ...fields].join('  '))}`;
}
