/** Reading trees of texts whose form others decide. */
import type { At, MapTree, Tree } from '../../system/yaml-tree.ts';
import type { Draft } from './draft.ts';
import { isSecret } from './words.ts';

/** The value of a key. */
export function child(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key)?.value : undefined;
}

/** The text of a value; nothing where none is. */
export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'text' ? (tree.text ?? undefined) : undefined;
}

/** A text that must be one. */
export function textAt(draft: Draft, tree: Tree, field: string): string | undefined {
  if (tree.kind === 'text') return tree.text ?? undefined;
  draft.wrong(field, `must be a text, not a ${tree.kind}`, tree);
  return undefined;
}

/** The entries of what must be a map. */
export function entriesAt(draft: Draft, tree: Tree, field: string): MapTree['entries'] {
  if (tree.kind === 'map') return tree.entries;
  if (textOf(tree) !== undefined || tree.kind === 'list')
    draft.wrong(field, `must be a map, not a ${tree.kind}`, tree);
  return new Map();
}

/** The texts of a list; one text counts as a list of words between commas. */
export function listAt(draft: Draft, tree: Tree, field: string): { text: string; at: At }[] {
  if (tree.kind === 'text')
    return (tree.text ?? '')
      .split(',')
      .flatMap((part) => (part.trim() === '' ? [] : { text: part.trim(), at: tree }));
  if (tree.kind === 'map') {
    draft.wrong(field, 'must be a list, not a map', tree);
    return [];
  }
  return tree.items.flatMap((item) => {
    const text = textAt(draft, item, field);
    return text === undefined ? [] : [{ text, at: item }];
  });
}

/** YAML knows more words for it than JSON. */
export function isTrue(text: string | undefined): boolean {
  return /^(true|yes|y|on|1)$/i.test(text ?? '');
}

const DEEPEST = 32;

/** As JSON, for variables of templates; what is named like a secret is left behind. */
export function jsonOf(draft: Draft, tree: Tree, field: string, depth = 0): unknown {
  if (tree.kind === 'text') return tree.text === 'true' ? true : tree.text === 'false' ? false : tree.text;
  if (depth > DEEPEST) return null;
  if (tree.kind === 'list') return tree.items.map((item) => jsonOf(draft, item, field, depth + 1));
  const pairs: [string, unknown][] = [];
  for (const [key, { value }] of tree.entries)
    if (isSecret(key)) draft.leave(`${field}: ${key}`, 'by its name it is a secret');
    else pairs.push([key, jsonOf(draft, value, field, depth + 1)]);
  return Object.fromEntries(pairs);
}
