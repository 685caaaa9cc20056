/** Trees as disklessset draws them. */
import { wrap } from '../cli/render/error.ts';
import type { Style } from '../cli/render/style.ts';
import { oneLine } from '../cli/render/text.ts';

/** ` • Image name: a` and below it one branch for each attribute that has a value. */
export function imageTree(
  name: string,
  attributes: readonly (readonly [key: string, value: string | number | undefined])[],
  style: Style,
  columns: number,
): string[] {
  const { bullet } = style.sign;
  const shown = attributes.filter(([, value]) => value !== undefined && value !== '');
  return [
    ` ${style.blue(bullet)} Image name: ${style.bold(oneLine(name))}`,
    ...branches(
      shown.map(([key, value]) => `${key}: ${value}`),
      style,
      columns,
    ),
  ];
}

/** A branch for each text, the last with another sign. Nothing is cut off: paths are there to be copied. */
export function branches(texts: readonly string[], style: Style, columns: number): string[] {
  const { branch, end, stem } = style.sign;
  return texts.flatMap((text, i) => {
    const last = i === texts.length - 1;
    const [first = '', ...rest] = wrap(oneLine(text), Math.max(20, columns - 11));
    return [
      `     ${style.dim(last ? end : branch)} ${first}`,
      ...rest.map((line) => `     ${style.dim(last ? ' ' : stem)}     ${line}`),
    ];
  });
}
