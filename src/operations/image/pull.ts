import { z } from 'zod';
import { fail } from '../../image/errors.ts';
import { pull } from '../../image/skopeo.ts';
import { ImageName } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imagePull = operation({
  name: 'image.pull',
  method: 'POST',
  path: '/images/pull',
  scope: 'operator',
  summary: 'Fetch an image from one of the registries that the server allows',
  input: z.strictObject({
    address: z.string().min(1).max(500).describe('Such as registry.example:5000/images/compute:v2'),
    name: ImageName.optional().describe('Name of the image here; default: the one it was built with'),
  }),
  output: z.array(Generation),
  status: 201,
  async run({ catalog, installation, actor, sink, signal }, { address, name }) {
    const { registries } = installation.config.serve.api;
    // Whoever may ask the server to fetch something must not choose from where.
    if (actor.via === 'api' && !registries.includes(address.slice(0, address.indexOf('/'))))
      throw fail('registry-not-allowed', { address, known: registries.join(', ') || 'none' });
    return await pull(catalog, address, { name, sink, signal });
  },
});
