import { defineErrors } from './errors.ts';

const fail = defineErrors('name', {
  invalid: {
    what: '{kind} {name} is not a valid name',
    why: 'Names become parts of paths, URLs and scripts: they start with a letter or digit, go on with a-z 0-9 . _ - and have at most 63 characters.',
    todo: 'Choose a name such as compute-v2.',
    exit: 2,
  },
});

/** The one pattern for names of images, nodes, tags, profiles and groups. */
export const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Returns `name` if it is valid, throws `name/invalid` otherwise. `kind` is for the message: `Image`, `Tag`. */
export function checkName(kind: string, name: string): string {
  if (!NAME.test(name)) throw fail('invalid', { kind, name: JSON.stringify(name) });
  return name;
}
