import { fit, oneLine, pad, padLeft, width } from './text.ts';
import type { Style } from './style.ts';

export interface Column<T> {
  title: string;
  value: (row: T) => string | number | undefined;
  right?: boolean;
  /** May be shortened when the terminal is narrow. */
  shrink?: boolean;
}

/** Rows in columns with a head; nothing but `empty` when there are none. Ends with a newline. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  options: { style: Style; columns?: number; empty: string },
): string {
  if (rows.length === 0) return `${options.empty}\n`;
  const cells = rows.map((row) => columns.map((column) => oneLine(String(column.value(row) ?? ''))));
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...cells.map((cell) => width(cell[i] ?? ''))),
  );
  shrinkTo(widths, columns, options.columns);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => {
        const short = fit(text, widths[i] ?? 0, options.style.sign.more);
        return columns[i]?.right ? padLeft(short, widths[i] ?? 0) : pad(short, widths[i] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return [
    options.style.dim(line(columns.map((column) => column.title.toUpperCase()))),
    ...cells.map(line),
    '',
  ].join('\n');
}

/** Takes columns from what may shrink, the widest first. */
function shrinkTo(widths: number[], columns: readonly Column<never>[], limit: number | undefined): void {
  if (limit === undefined) return;
  let over = widths.reduce((sum, w) => sum + w + 2, -2) - limit;
  while (over > 0) {
    const candidates = columns
      .map((c, i) => (c.shrink && (widths[i] ?? 0) > 8 ? i : -1))
      .filter((i) => i >= 0);
    const widest = candidates.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
}

/** `key  value` lines, keys aligned. */
export function facts(
  rows: readonly (readonly [string, string | number | undefined])[],
  style: Style,
): string {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  const widest = Math.max(0, ...shown.map(([key]) => width(key)));
  return shown.map(([key, value]) => `${style.dim(pad(key, widest))}  ${oneLine(String(value))}\n`).join('');
}
