/** The table on the terminal. */
import { table } from '../../src/cli/render/table.ts';
import type { Style } from '../../src/cli/render/style.ts';
import type { Figure } from '../row.ts';
import { cells, COLUMNS } from './cells.ts';

export function tableText(figures: readonly Figure[], style: Style): string {
  const columns = COLUMNS.map(({ title, key, right }) => ({
    title,
    right,
    value: (row: ReturnType<typeof cells>) => row[key],
  }));
  const text = table(figures.map(cells), columns, { style, empty: 'nothing was measured' });
  const missing = figures.flatMap(({ bench, against, result }) =>
    'notMeasured' in result ? [`${bench}, ${against}: not measured: ${result.notMeasured}\n`] : [],
  );
  return text + missing.join('');
}
