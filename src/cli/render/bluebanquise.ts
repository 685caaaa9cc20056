/** An import of BlueBanquise, for people. */
import type { PlanView } from '../../bluebanquise/view.ts';
import { diffText } from './diff.ts';
import { noticeText } from './notices.ts';
import type { Style } from './style.ts';
import { oneLine } from './text.ts';

const KERNELS = {
  new: 'into the pool',
  there: 'is in the pool',
  'no-modules': 'not without its modules',
} as const;
const RECIPES = { new: 'recipe', there: 'recipe is there', other: 'another recipe is there:' } as const;

export function planText(view: PlanView, style: Style): string {
  const { kernels, images, changes, notices, warnings, left, applied } = view;
  const parts = [
    list(
      style.bold('Kernels'),
      kernels.map(({ version, state }) => `${version}: ${KERNELS[state]}`),
    ),
    list(style.bold('Images'), images.map(imageLine)),
    changes.length > 0 ? `${style.bold('Nodes, groups and profiles')}\n${diffText(changes, style)}` : '',
    noticeText(notices, style),
    list(
      style.yellow('To look at:'),
      left.map(({ what, reason }) => `${oneLine(what)}: ${oneLine(reason)}`),
    ),
    list(style.yellow('When nodes boot:'), applied ? [] : warnings.map(oneLine)),
    applied ? appliedText(applied, style) : '\nNothing was changed. To do it: --apply\n',
  ];
  return parts
    .filter((part) => part !== '')
    .join('\n')
    .replace(/^\n/, '');
}

function imageLine({
  name,
  source,
  kind,
  kernel,
  taken,
  content,
  trees,
  recipe,
}: PlanView['images'][number]): string {
  const parts = [
    `${kind}, kernel ${kernel ?? 'unknown'}`,
    ...(recipe ? [`${RECIPES[recipe.state]} ${recipe.file}`] : []),
    ...(taken && content !== null ? [`content of ${content}`] : []),
    ...(taken && trees !== null ? [`trees of ${trees}`] : []),
  ];
  return oneLine(`${name}${name === source ? '' : ` (${source})`}: ${parts.join('; ')}`);
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function appliedText(
  { kernels, recipes, images, trees, change, failed }: NonNullable<PlanView['applied']>,
  style: Style,
): string {
  const counts = [
    `${kernels.length} kernels`,
    `${recipes.length} recipes`,
    `${images.length} images${images.length > 0 ? ` (${images.join(', ')})` : ''}`,
    ...(trees.length > 0 ? [`${trees.length} trees of nodes`] : []),
  ].join(', ');
  const registry =
    change === null
      ? 'registry unchanged'
      : `change ${change} of the registry (to take it back: slipway undo ${change})`;
  const problems = list(
    style.red('Failed:'),
    failed.map(({ what, reason }) => `${what}: ${oneLine(reason)}`),
  );
  return `${problems}${style.green(style.sign.done)} ${counts}, ${registry}\n`;
}
