/** Pushes a tree, to be killed meanwhile: push-child.ts SLIPWAY_ROOT TREE DIGEST DESTINATION */
import type { Digest } from '../../src/image/types.ts';
import { pushTree } from '../../src/nfs/push/push.ts';
import { loadInstallation } from '../../src/system/config.ts';
import { silent } from '../../src/system/events.ts';

const [root = '', tree = '', digest = '', to = ''] = process.argv.slice(2);
await pushTree(tree, digest as Digest, [to], { installation: loadInstallation(root), sink: silent });
