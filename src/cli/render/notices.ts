/** What an import leaves behind, for people. */
import type { Notice } from '../../node/import/settle.ts';
import type { Style } from './style.ts';
import { fit, oneLine } from './text.ts';

const LONGEST = 100;

/** A line a field: whose it was, and why it stays behind; nothing if there are none. */
export function noticeText(notices: readonly Notice[], style: Style): string {
  if (notices.length === 0) return '';
  const lines = notices.map(({ field, reason, nodes, profiles, groups }) => {
    const whose = [
      nodes && fit(nodes, LONGEST, style.sign.more),
      profiles.length > 0 && fit(`profile ${profiles.join(', ')}`, LONGEST, style.sign.more),
      groups.length > 0 && fit(`group ${groups.join(', ')}`, LONGEST, style.sign.more),
    ].filter((part) => part !== '' && part !== false);
    const of = whose.length > 0 ? `: ${whose.join('; ')}` : '';
    return `  ${oneLine(field)}${of}${reason ? style.dim(` (${oneLine(reason)})`) : ''}`;
  });
  return `\n${style.yellow('Not carried over, or not as it was:')}\n${lines.join('\n')}\n`;
}
