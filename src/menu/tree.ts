/** Trees as disklessset draws them. */
import type { Style } from '../cli/render/style.ts';
import { fit, oneLine } from '../cli/render/text.ts';

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

/** One line for each text, the last with another sign. */
export function branches(texts: readonly string[], style: Style, columns: number): string[] {
  return texts.map((text, i) => {
    const sign = i === texts.length - 1 ? style.sign.end : style.sign.branch;
    return `     ${style.dim(sign)} ${fit(oneLine(text), Math.max(20, columns - 11), style.sign.more)}`;
  });
}
