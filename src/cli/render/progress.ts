import type { TaskProgress } from '../../system/events.ts';
import type { Style } from './style.ts';
import { bytes, seconds } from './text.ts';

const CELLS = 20;

/** `━━━━━━──────────────  31 %  12.4/40.0 MiB`, or only the amount when no total is known. */
export function progressText(progress: TaskProgress, style: Style, cells = CELLS): string {
  const { done, total, unit } = progress;
  const of = unit === 'percent' ? 100 : total;
  if (!of || of <= 0) return amount(done, unit);
  const share = Math.min(1, Math.max(0, done / of));
  const full = Math.floor(share * cells);
  const bar = style.green(style.sign.full.repeat(full)) + style.dim(style.sign.empty.repeat(cells - full));
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return unit === 'percent'
    ? `${bar} ${percent}`
    : `${bar} ${percent}  ${amount(done, unit)} of ${amount(of, unit)}`;
}

function amount(value: number, unit: TaskProgress['unit']): string {
  if (unit === 'bytes') return bytes(value);
  if (unit === 'seconds') return seconds(value);
  return unit === 'percent' ? `${Math.floor(value)} %` : String(value);
}
