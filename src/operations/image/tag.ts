import { z } from 'zod';
import { tag, untag } from '../../image/tag.ts';
import { ImageName, ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

const Tag = z.string().min(1).max(128).describe('The tag');

export const imageTag = operation({
  name: 'image.tag',
  method: 'POST',
  path: '/images/:image/tags',
  scope: 'operator',
  summary: 'Give a generation a tag; another generation that has it loses it',
  input: z.strictObject({ image: ImageRef, tag: Tag }),
  output: Generation,
  run: async ({ catalog }, { image, tag: name }) => await tag(catalog, image, name),
});

export const imageUntag = operation({
  name: 'image.untag',
  method: 'DELETE',
  path: '/images/:image/tags/:tag',
  scope: 'operator',
  summary: 'Take a tag away',
  input: z.strictObject({ image: ImageName, tag: Tag }),
  output: Generation,
  run: async ({ catalog }, { image, tag: name }) => await untag(catalog, image, name),
});
