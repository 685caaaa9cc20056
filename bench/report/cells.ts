/** A figure in words, for the terminal and for the documentation. */
import { median, type Series } from '../measure/series.ts';
import { reached, type Figure } from '../row.ts';
import { goalText, quantity } from './numbers.ts';

export interface Cells {
  bench: string;
  against: string;
  ours: string;
  theirs: string;
  value: string;
  spread: string;
  goal: string;
  reached: string;
}

export function cells(figure: Figure): Cells {
  const { bench, against, result, unit } = figure;
  const verdict = reached(figure);
  const common = {
    bench,
    against,
    goal: goalText(figure),
    reached: verdict === undefined ? '–' : verdict ? 'yes' : 'no',
  };
  if ('notMeasured' in result) return { ...common, ours: '', theirs: '', value: 'not measured', spread: '' };
  const middle = (values?: Series) => (values ? quantity(median(values), result.of) : '');
  return {
    ...common,
    ours: middle(result.ours),
    theirs: middle(result.theirs),
    value: quantity(result.value, unit),
    spread:
      result.least === result.most ? '' : `${quantity(result.least, unit)} – ${quantity(result.most, unit)}`,
  };
}

export const COLUMNS: { title: string; key: keyof Cells; right?: boolean }[] = [
  { title: 'bench', key: 'bench' },
  { title: 'against', key: 'against' },
  { title: 'ours', key: 'ours', right: true },
  { title: 'theirs', key: 'theirs', right: true },
  { title: 'figure', key: 'value', right: true },
  { title: 'least – most', key: 'spread', right: true },
  { title: 'goal', key: 'goal', right: true },
  { title: 'reached', key: 'reached' },
];
