/** Fields that many inputs have. Work checks what they mean; here is what they may look like at all. */
import { z } from 'zod';
import { NAME } from '../system/names.ts';

const text = (limit: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(limit)
    .regex(/^\P{Cc}*$/u, 'must not have control characters');

export const Nodes = text(100_000).describe('Nodes: a node set, such as n[01-10],login1 or @group');
export const NodeName = text(63).describe('Name of a node');
export const Name = z.string().regex(NAME, 'must be a name: a-z 0-9 . _ - and at most 63 characters');
export const ImageRef = text(300).describe('Image: name, name:tag, name:generation or sha256:…');
export const ImageName = text(63).describe('Name of an image');
export const Mode = text(63).describe('How it is booted');

/** An ISO time or nothing. */
export const When = z.string().describe('ISO time');

/** `sha256:` and 64 hexadecimal digits. */
export const Digest = z.templateLiteral(['sha256:', z.string()]);
