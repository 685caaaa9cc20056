/** Every operation, in the order of the reference. */
import { buildCancel, buildList, buildShow, buildStart, recipeList } from './build/builds.ts';
import { audit } from './access/audit.ts';
import { tokenAdd, tokenList, tokenRemove } from './access/tokens.ts';
import { driftOf } from './boot/drift.ts';
import { bootHistoryOf, bootLogOf } from './boot/history.ts';
import { bootScript } from './boot/script.ts';
import { bootSet } from './boot/set.ts';
import { bootShow } from './boot/show.ts';
import { bootStatus } from './boot/status.ts';
import { bootWhy } from './boot/why.ts';
import { imageClone } from './image/clone.ts';
import { imageDiff } from './image/diff.ts';
import { imageEstimate } from './image/estimate.ts';
import { imageGc } from './image/gc.ts';
import { imageHistory } from './image/history.ts';
import { imageList } from './image/list.ts';
import { imagePull } from './image/pull.ts';
import { imageRemove } from './image/remove.ts';
import { imageResize } from './image/resize.ts';
import { imageRollback } from './image/rollback.ts';
import { imageSbom } from './image/sbom.ts';
import { imageSetKernel } from './image/set-kernel.ts';
import { imageShow } from './image/show.ts';
import { imageTag, imageUntag } from './image/tag.ts';
import { imageCheckReadonly } from './image/check-readonly.ts';
import { imageVerify } from './image/verify.ts';
import { kernelList } from './kernel/list.ts';
import { nfsAdd } from './nfs/add.ts';
import { nfsDiff } from './nfs/diff.ts';
import { nfsGolden } from './nfs/golden.ts';
import { nfsList } from './nfs/list.ts';
import { nfsPromote } from './nfs/promote.ts';
import { nfsRefresh } from './nfs/refresh.ts';
import { nfsRemove } from './nfs/remove.ts';
import { nfsRestore, nfsSnapshotAdd, nfsSnapshotList, nfsSnapshotRemove } from './nfs/snapshot.ts';
import { nodeAdd } from './node/add.ts';
import { nodeChange } from './node/change.ts';
import { nodeDocument, nodeReplace } from './node/document.ts';
import { nodeList } from './node/list.ts';
import { nodeRemove } from './node/remove.ts';
import { nodeExplain, nodeShow } from './node/show.ts';
import { groups, profiles } from './preset/presets.ts';
import { nodesetCount, nodesetExpand, nodesetFold } from './node/nodeset.ts';
import { nodeFile, nodeFileExplain, nodeFileList } from './files/files.ts';
import { hostKeys } from './files/hostkeys.ts';
import { fileList, fileRemove, fileSet } from './files/said.ts';
import { secretGenerate, secretList, secretRemove, secretSet } from './files/secrets.ts';
import { changeList, changeShow, changeUndo } from './registry/changes.ts';
import { registryApply, registryExport, registryPlan } from './registry/cluster.ts';
import { importApply, importPlan } from './registry/import.ts';
import { publicationAdd, publicationRemove } from './publication/publish.ts';
import type { Operation } from './operation.ts';
import { doctor } from './server/doctor.ts';
import { version } from './server/version.ts';

export const operations: readonly Operation[] = [
  nodeList,
  nodeShow,
  nodeExplain,
  nodeDocument,
  nodeReplace,
  nodeAdd,
  nodeChange,
  nodeRemove,
  nodeFileList,
  nodeFile,
  nodeFileExplain,
  hostKeys,
  fileList,
  fileSet,
  fileRemove,
  ...Object.values(groups),
  ...Object.values(profiles),
  registryPlan,
  registryApply,
  registryExport,
  importPlan,
  importApply,
  changeList,
  changeShow,
  changeUndo,
  nodesetExpand,
  nodesetFold,
  nodesetCount,
  bootStatus,
  bootSet,
  bootShow,
  bootScript,
  bootHistoryOf,
  bootLogOf,
  bootWhy,
  driftOf,
  imageList,
  imageShow,
  imageSbom,
  imageHistory,
  imageDiff,
  imageEstimate,
  imageTag,
  imageUntag,
  imageRollback,
  imageResize,
  imageClone,
  imageRemove,
  imageVerify,
  imageCheckReadonly,
  imageGc,
  imagePull,
  imageSetKernel,
  kernelList,
  publicationAdd,
  publicationRemove,
  nfsGolden,
  nfsList,
  nfsAdd,
  nfsRemove,
  nfsDiff,
  nfsRefresh,
  nfsSnapshotList,
  nfsSnapshotAdd,
  nfsSnapshotRemove,
  nfsRestore,
  nfsPromote,
  recipeList,
  buildStart,
  buildList,
  buildShow,
  buildCancel,
  version,
  doctor,
  secretList,
  secretSet,
  secretGenerate,
  secretRemove,
  tokenAdd,
  tokenList,
  tokenRemove,
  audit,
];
