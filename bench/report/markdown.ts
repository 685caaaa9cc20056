/** `docs/benchmarks.md`. */
import type { Figure } from '../row.ts';
import { cells, COLUMNS } from './cells.ts';
import type { Machine } from './machine.ts';

const HEAD = `# Benchmarks

Written by \`make bench\`; do not edit. Every figure is a ratio within one run, on one
machine: whole processes, wall clock, the contenders taking turns (A B A B). “ours” and
“theirs” are medians, “figure” is the ratio of the medians, “least – most” the extremes
over the rounds. Goals are those of the design. A machine that does other work at the
same time blurs all of it: see the load below, and take a difference that is smaller than
its spread for none.
`;

export function markdown(
  figures: readonly Figure[],
  machine: Machine,
  command: string,
  seconds: number,
): string {
  const row = (texts: readonly string[]) =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [
    row(COLUMNS.map((column) => column.title)),
    row(COLUMNS.map((column) => (column.right ? '--:' : '---'))),
    ...figures.map((figure) => row(COLUMNS.map(({ key }) => cells(figure)[key]))),
  ];
  const notes = figures.flatMap(({ bench, against, result, notes }) => {
    const all = 'notMeasured' in result ? [`Not measured: ${result.notMeasured}.`, ...notes] : notes;
    return all.length > 0 ? [`- **${bench}${against ? `, ${against}` : ''}**: ${all.join(' ')}`] : [];
  });
  const facts = [
    ['date', machine.date],
    ['command', `\`${command}\` (${Math.round(seconds / 60)} min)`],
    ['system', `${machine.system}, Linux ${machine.kernel}, Node ${machine.node}`],
    ['machine', `${machine.processors}, ${machine.memory}; load at the start: ${machine.load}`],
  ];
  return [
    HEAD,
    ...facts.map(([key, value]) => `- ${key}: ${value}`),
    '',
    ...table,
    '',
    '## What was compared',
    '',
    ...notes,
    '',
  ].join('\n');
}
