import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { reconcileMounts } from '../mounts/directory.ts';
import { inStore } from '../nfs/work.ts';
import { reconcileWork } from '../system/workdir.ts';

/** Removes what killed commands left, and says so. Whether it is wanted (`autoclean`) asks the caller. */
export async function autoclean({ paths }: Installation, sink: Sink): Promise<void> {
  const removed = [
    ...(await reconcileWork(paths)),
    ...(await reconcileWork(inStore(paths))),
    ...(await reconcileMounts(paths)),
  ];
  if (removed.length > 0)
    sink({
      event: 'notice',
      level: 'info',
      message: `Removed what stopped commands had left: ${removed.join(', ')}`,
    });
}
