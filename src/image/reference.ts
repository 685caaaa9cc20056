import { checkName } from '../system/names.ts';
import { fail } from './errors.ts';
import type { Digest } from './types.ts';

/** What a user may write for an image. A bare word of hex digits is a name first and a digest second. */
export type Reference =
  | { kind: 'number'; name: string; number: number }
  | { kind: 'tag'; name: string; tag: string }
  | { kind: 'digest'; prefix: string };

const NUMBER = /^[1-9]\d{0,8}$/;

/** Parses `name`, `name:latest`, `name:7`, `name:tag`, `sha256:…`. @throws SlipwayError `image/bad-reference`, `name/invalid` */
export function parseReference(ref: string): Reference {
  const digest = /^sha256:([0-9a-f]{4,64})$/.exec(ref)?.[1];
  if (digest) return { kind: 'digest', prefix: digest };
  const [name = '', tag = 'latest', ...rest] = ref.split(':');
  if (rest.length > 0 || name === '' || name === 'sha256')
    throw fail('bad-reference', { ref: JSON.stringify(ref) });
  checkName('Image', name);
  if (NUMBER.test(tag)) return { kind: 'number', name, number: Number(tag) };
  return { kind: 'tag', name, tag: checkName('Tag', tag) };
}

/** Returns a name that an image may get. @throws SlipwayError `name/invalid`, `image/bad-name` */
export function checkImageName(name: string): string {
  if (name === 'sha256' || /^[0-9a-f]{64}$/.test(name)) throw fail('bad-name', { name });
  return checkName('Image', name);
}

/** Returns a tag that a user may set. @throws SlipwayError `name/invalid`, `image/bad-tag` */
export function checkTag(tag: string): string {
  checkName('Tag', tag);
  if (/^\d+$/.test(tag)) throw fail('bad-tag', { tag, reason: 'Numbers stand for generations.' });
  return tag;
}

/** Narrows untrusted text to a digest: nothing else ever becomes part of a path. @throws SlipwayError `image/bad-digest` */
export function checkDigest(text: string): Digest {
  if (!/^sha256:[0-9a-f]{64}$/.test(text)) throw fail('bad-digest', { digest: JSON.stringify(text) });
  return text as Digest;
}
