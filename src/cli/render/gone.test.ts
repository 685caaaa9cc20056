import { expect, test } from 'vitest';
import type { FileChange } from '../../image/compare-trees.ts';
import { withoutGone } from './gone.ts';

const removed = (path: string, type: FileChange['type'] = 'file'): FileChange => ({ path, change: 'removed', type }); // prettier-ignore
const added = (path: string): FileChange => ({ path, change: 'added', type: 'file' });

test('what was below a directory that is gone, or is a link now, is not listed; all else is', () => {
  const link: FileChange = { path: '/etc/alternatives', change: 'changed', type: 'link', aspects: ['type'] };
  const files = [
    removed('/doc', 'directory'),
    link,
    removed('/doc-base'),
    removed('/doc/a', 'directory'),
    removed('/doc/a/b'),
    removed('/etc/alternatives/vi'),
    { path: '/opt', change: 'changed', type: 'directory', aspects: ['type'] } as FileChange,
    removed('/opt-old/x'),
    added('/opt/new'),
  ];
  const left = withoutGone(files).map(({ path }) => path);
  expect(left).toEqual(['/doc', '/etc/alternatives', '/doc-base', '/opt', '/opt-old/x', '/opt/new']);
});
