/** Every operation, in the order of the reference. */
import { audit } from './access/audit.ts';
import { tokenAdd, tokenList, tokenRemove } from './access/tokens.ts';
import { bootScript } from './boot/script.ts';
import { bootSet } from './boot/set.ts';
import { imageClone } from './image/clone.ts';
import { imageDiff } from './image/diff.ts';
import { imageEstimate } from './image/estimate.ts';
import { imageGc } from './image/gc.ts';
import { imageHistory } from './image/history.ts';
import { imageList } from './image/list.ts';
import { imagePull } from './image/pull.ts';
import { imageRemove } from './image/remove.ts';
import { imageRollback } from './image/rollback.ts';
import { imageSbom } from './image/sbom.ts';
import { imageShow } from './image/show.ts';
import { imageTag, imageUntag } from './image/tag.ts';
import { imageVerify } from './image/verify.ts';
import { nodeAdd } from './node/add.ts';
import { nodeList } from './node/list.ts';
import { nodeRemove } from './node/remove.ts';
import { nodeSet } from './node/set.ts';
import { nodeShow } from './node/show.ts';
import { nodeUnset } from './node/unset.ts';
import type { Operation } from './operation.ts';
import { doctor } from './server/doctor.ts';
import { version } from './server/version.ts';

export const operations: readonly Operation[] = [
  nodeList,
  nodeShow,
  nodeAdd,
  nodeSet,
  nodeUnset,
  nodeRemove,
  bootSet,
  bootScript,
  imageList,
  imageShow,
  imageSbom,
  imageHistory,
  imageDiff,
  imageEstimate,
  imageTag,
  imageUntag,
  imageRollback,
  imageClone,
  imageRemove,
  imageVerify,
  imageGc,
  imagePull,
  version,
  doctor,
  tokenAdd,
  tokenList,
  tokenRemove,
  audit,
];
