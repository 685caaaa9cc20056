/** Paths of nodes for people. */
import { shown } from '../../image/tree-files.ts';

/** Bytes as latin1 become text without control characters: see `shown`. */
export const shownPaths = (paths: readonly string[]): string[] => paths.map((path) => shown(path || '/'));
