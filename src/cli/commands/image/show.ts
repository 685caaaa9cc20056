import { buildCommand } from '@stricli/core';
import type { SbomFormat } from '../../../image/sbom.ts';
import type { Details } from '../../../image/show.ts';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { facts, table } from '../../render/table.ts';
import { bytes, shortDigest, when } from '../../render/text.ts';
import type { Style } from '../../render/style.ts';

interface Flags extends Json {
  readonly sbom?: SbomFormat;
}

export default buildCommand({
  docs: { brief: 'Show one generation: layers, kernel, memory, packages; or its bill of materials' },
  parameters: {
    flags: {
      json,
      sbom: {
        kind: 'enum',
        values: ['spdx', 'cyclonedx'],
        brief: 'Print a software bill of materials as JSON: SPDX 2.3 or CycloneDX 1.6',
        optional: true,
      },
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, flags: Flags, image: string) {
    if (flags.sbom) {
      const { imageSbom } = await import('../../../operations/image/sbom.ts');
      const bill = await this.call(imageSbom, { image, format: flags.sbom });
      this.process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
      return;
    }
    const { imageShow } = await import('../../../operations/image/show.ts');
    const details = await this.call(imageShow, { image });
    this.result(details, (style, columns) => detailsText(details, style, columns));
  },
});

function mebibytes(count: number): string {
  return `${Math.ceil(count / 2 ** 20)} MiB`;
}

function publicationText({ mode, options }: Details['published'][number]): string {
  const how = Object.entries(options).map(([key, value]) => `${key} ${value}`);
  return `${mode} (${how.join(', ')})`;
}

function mountText({ path, who, since, active }: NonNullable<Details['mounted']>): string {
  return `${active ? `at ${path}` : 'not now, its changes are kept'}, by ${who} since ${when(since)}`;
}

function detailsText(image: Details, style: Style, columns: number | undefined): string {
  const { boot, memory } = image;
  const size = (part?: { digest: string; size: number }) =>
    part && `${shortDigest(part.digest)}, ${bytes(part.size)}`;
  const head = facts(
    [
      ['image', `${image.name}:${image.generation}`],
      ['description', image.description],
      ['tags', image.tags.join(', ')],
      ['state', image.state],
      ['mounted', image.mounted && mountText(image.mounted)],
      ['digest', image.digest],
      ['parent', image.parent],
      ['system', image.system['PRETTY_NAME']],
      ['architecture', image.architecture],
      ['date', image.date],
      ['created', when(image.created)],
      ['size', bytes(image.bytes)],
      ['kernel', boot.version && `${boot.version} (${size(boot.kernel)})`],
      ['initramfs', size(boot.initramfs)],
      ['arguments', boot.arguments.join(' ')],
      ['modules', boot.modules.join(' ')],
      ['selinux', image.selinux && `${image.selinux.policy}, ${image.selinux.mode}`],
      ['root', image.root && `${mebibytes(image.root.size)}, ${mebibytes(image.root.used)} used`],
      ['published', image.published.map(publicationText).join('; ')],
      ['memory', `${memory.total} MiB to boot in mode ram (${memory.layers} MiB layers)`],
    ],
    style,
  );
  const layers = table(
    image.stack.map((layer, i) => ({ ...layer, number: i + 1 })),
    [
      { title: 'layer', value: (l) => l.number, right: true },
      { title: 'what', value: (l) => l.title, shrink: true },
      { title: 'format', value: (l) => (l.compressor ? `${l.format} (${l.compressor})` : l.format) },
      { title: 'packed', value: (l) => bytes(l.size), right: true },
      { title: 'unpacked', value: (l) => bytes(l.unpacked), right: true },
      { title: 'digest', value: (l) => shortDigest(l.digest) },
    ],
    { style, columns, empty: 'no layers' },
  );
  const packages = table(
    image.packages,
    [
      { title: 'package', value: (p) => p.name },
      { title: 'version', value: (p) => p.version, shrink: true },
      { title: 'architecture', value: (p) => p.architecture },
    ],
    { style, columns, empty: 'no packages' },
  );
  return [head, layers, packages].join('\n');
}
