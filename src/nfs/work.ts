/** Work directories in the store itself: what is made there gets its name by a rename, and may share blocks. */
import { join } from 'node:path';
import type { Paths } from '../system/paths.ts';

/** For `workDirectory` and `reconcileWork`. */
export const inStore = (paths: Paths): Paths => ({ ...paths, work: join(paths.nfs, 'work') });
