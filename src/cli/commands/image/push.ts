import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, off, text, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

export interface TransferFlags extends Json {
  readonly insecure: boolean;
  readonly authfile?: string;
}

export const transferFlags = {
  json,
  insecure: off('Talk HTTP, or HTTPS with any certificate'),
  authfile: text("File with logins, as skopeo login writes it (default: root's own)", 'file'),
} as const;

export const addressArgument = {
  brief: 'such as registry.example:5000/images/compute:v2',
  placeholder: 'ADDRESS',
  parse: String,
} as const;

export default buildCommand({
  docs: { brief: 'Send a generation to a registry; the digest there is the one here' },
  parameters: {
    flags: transferFlags,
    positional: { kind: 'tuple', parameters: [imageArgument, addressArgument] },
  },
  async func(this: Context, flags: TransferFlags, image: string, address: string) {
    const { catalog, sink, signal } = await openCatalog(this);
    const { push } = await import('../../../image/skopeo.ts');
    const { digest } = await catalog.find(image);
    await push(catalog, image, address, { insecure: flags.insecure, authfile: flags.authfile, sink, signal });
    this.result({ image, address, digest }, () => `${image} is ${address}  ${digest}\n`);
  },
});
