import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { bytes, oneLine } from '../../render/text.ts';

export default buildCommand({
  docs: {
    brief: 'Read every blob and compare its size and SHA-256',
    fullDescription:
      'Without IMAGE the whole catalog. Images with a damaged blob become broken. Exit code 1 when anything is wrong.',
  },
  parameters: {
    flags: { json },
    positional: { kind: 'array', parameter: imageArgument },
  },
  async func(this: Context, _flags: Json, ...images: string[]) {
    const { imageVerify } = await import('../../../operations/image/verify.ts');
    const report = await this.call(imageVerify, images.length > 0 ? { images } : {});
    if (report.bad.length > 0) this.exitCode = 1;
    this.result(report, (style) => {
      const lines = report.bad.flatMap((bad) => [
        `${style.red(style.sign.failed)} ${bad.digest}  ${bad.problem}: ${oneLine(bad.detail)}`,
        ...bad.affects.map(({ image, part }) => `    ${image}: ${oneLine(part)}`),
      ]);
      const counted = `${report.blobs} blobs of ${report.images.length} images, ${bytes(report.bytes)}`;
      lines.push(
        report.bad.length > 0
          ? style.red(`${report.bad.length} bad of ${counted}`)
          : style.green(`${style.sign.done} ${counted}: all good`),
      );
      return `${lines.join('\n')}\n`;
    });
  },
});
