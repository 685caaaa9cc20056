import type { FileChange } from '../../image/compare-trees.ts';

/** Without what was below directories that are gone, or are something else now: that went with them. */
export function withoutGone(files: readonly FileChange[]): FileChange[] {
  const gone = new Set<string>();
  // Parents come first.
  return files.filter(({ path, change, type, aspects }) => {
    const isBelow = gone.has(path.slice(0, path.lastIndexOf('/')));
    const goes = change === 'removed' && (isBelow || type === 'directory');
    if (goes || aspects?.includes('type')) gone.add(path);
    return change !== 'removed' || !isBelow;
  });
}
