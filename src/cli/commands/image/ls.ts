import { buildCommand } from '@stricli/core';
import type { Building, Generation, Listed } from '../../../image/types.ts';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { bytes, oneLine, shortDigest, when } from '../../render/text.ts';

type Line = Omit<Generation | Building, 'kernel' | 'state'> & {
  kernel: string | null;
  state: Listed['state'];
} & Pick<Generation, 'mounted'> &
  Pick<Building, 'building'>;

export default buildCommand({
  docs: {
    brief: 'List images and their generations',
    fullDescription:
      'States: ready; building: a build runs now; mounted: it is being changed, and nodes boot it as it is; broken: a blob is missing or damaged (slipway image verify names it).',
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'only this image', placeholder: 'NAME', parse: String, optional: true }],
    },
  },
  async func(this: Context, _flags: Json, name?: string) {
    const { imageList } = await import('../../../operations/image/list.ts');
    const images = await this.call(imageList, { name });
    this.result(
      images,
      (style, columns) =>
        table<Line>(
          images,
          [
            { title: 'name', value: (i) => i.name },
            { title: 'gen', value: (i) => i.generation, right: true },
            { title: 'tags', value: (i) => i.tags.join(','), shrink: true },
            { title: 'state', value: (i) => (i.state === 'ready' && i.mounted ? 'mounted' : i.state) },
            { title: 'size', value: (i) => (i.digest ? bytes(i.bytes) : ''), right: true },
            { title: 'layers', value: (i) => (i.digest ? i.layers : ''), right: true },
            { title: 'kernel', value: (i) => i.kernel ?? '', shrink: true },
            { title: 'created', value: (i) => (i.created ? when(i.created) : '') },
            { title: 'digest', value: (i) => (i.digest ? shortDigest(i.digest) : '') },
          ],
          {
            style,
            columns,
            empty:
              name === undefined
                ? 'There is no image yet. Build one: slipway build examples/debian-minimal.yml'
                : `There is no image ${name}.`,
          },
        ) + images.map(doing).join(''),
    );
  },
});

/** Who does something with it, a line; nothing if nobody does. */
function doing({ name, generation, mounted, building }: Line): string {
  const line = (text: string) => `${oneLine(`${name}:${generation} ${text}`)}\n`;
  if (building) {
    const { what, who, since, process, step } = building;
    const by = [who && `by ${who}`, since && `since ${when(since)}`, process && `(process ${process})`];
    return line([`${what}${step ? `: ${step},` : ''}`, ...by.filter(Boolean)].join(' '));
  }
  if (!mounted) return '';
  const { path, who, since, active } = mounted;
  return line(
    `${active ? 'mounted at' : 'not mounted now, its changes are kept:'} ${path} by ${who} since ${when(since)}`,
  );
}
