/** The tree of commands. One command a file below `commands/`. */
import { buildRouteMap, type Command } from '@stricli/core';
import manifest from '../../package.json' with { type: 'json' };
import type { Context } from './context.ts';
import apply from './commands/apply.ts';
import build from './commands/build.ts';
import bootHistory from './commands/boot/history.ts';
import bootLog from './commands/boot/log.ts';
import bootSet from './commands/boot/set.ts';
import bootShow from './commands/boot/show.ts';
import bootStatus from './commands/boot/status.ts';
import bootWhy from './commands/boot/why.ts';
import bootset from './commands/bootset/bootset.ts';
import drift from './commands/drift.ts';
import historyLs from './commands/history/ls.ts';
import historyShow from './commands/history/show.ts';
import imageClear from './commands/image/clear.ts';
import imageClone from './commands/image/clone.ts';
import imageDiff from './commands/image/diff.ts';
import imageEstimate from './commands/image/estimate.ts';
import imageExport from './commands/image/export.ts';
import imageGc from './commands/image/gc.ts';
import imageHistory from './commands/image/history.ts';
import imageImport from './commands/image/import.ts';
import imageLs from './commands/image/ls.ts';
import imageMount from './commands/image/mount.ts';
import imagePull from './commands/image/pull.ts';
import imagePush from './commands/image/push.ts';
import imageResize from './commands/image/resize.ts';
import imageSetKernel from './commands/image/set-kernel.ts';
import imageRm from './commands/image/rm.ts';
import imageRollback from './commands/image/rollback.ts';
import imageShell from './commands/image/shell.ts';
import imageShow from './commands/image/show.ts';
import imageTag from './commands/image/tag.ts';
import imageTest from './commands/image/test.ts';
import imageUmount from './commands/image/umount.ts';
import imageCheckReadonly from './commands/image/check-readonly.ts';
import imageVerify from './commands/image/verify.ts';
import exportCluster from './commands/export.ts';
import groupCommands from './commands/group.ts';
import fileAbsent from './commands/file/absent.ts';
import fileBuiltin from './commands/file/builtin.ts';
import fileLink from './commands/file/link.ts';
import fileLs from './commands/file/ls.ts';
import fileRm from './commands/file/rm.ts';
import fileSecret from './commands/file/secret.ts';
import fileSet from './commands/file/set.ts';
import fileSkip from './commands/file/skip.ts';
import importBlueBanquise from './commands/import/bluebanquise.ts';
import kernelAdd from './commands/kernel/add.ts';
import kernelInitramfs from './commands/kernel/initramfs.ts';
import kernelLs from './commands/kernel/ls.ts';
import kernelRm from './commands/kernel/rm.ts';
import nodeAdd from './commands/node/add.ts';
import nodeImport from './commands/node/import.ts';
import nodeExplain from './commands/node/explain.ts';
import nodeFiles from './commands/node/files.ts';
import nodeHostkeys from './commands/node/hostkeys.ts';
import nodeLs from './commands/node/ls.ts';
import nodeRm from './commands/node/rm.ts';
import nodeSet from './commands/node/set.ts';
import nodeShow from './commands/node/show.ts';
import nodeUnset from './commands/node/unset.ts';
import nodesetCount from './commands/nodeset/count.ts';
import nodesetExpand from './commands/nodeset/expand.ts';
import nodesetFold from './commands/nodeset/fold.ts';
import menu from './commands/menu.ts';
import demoCorrupt from './commands/demo/corrupt.ts';
import demoCreate from './commands/demo/create.ts';
import livenetCreate from './commands/livenet/create.ts';
import nfsAdd from './commands/nfs/add.ts';
import nfsDown from './commands/nfs/down.ts';
import nfsDiff from './commands/nfs/diff.ts';
import nfsExports from './commands/nfs/exports.ts';
import nfsLs from './commands/nfs/ls.ts';
import nfsPromote from './commands/nfs/promote.ts';
import nfsRefresh from './commands/nfs/refresh.ts';
import nfsRestore from './commands/nfs/restore.ts';
import nfsRm from './commands/nfs/rm.ts';
import nfsSnapshot from './commands/nfs/snapshot.ts';
import nfsUp from './commands/nfs/up.ts';
import nfsGolden from './commands/nfs/golden.ts';
import nfsImport from './commands/nfs/import.ts';
import nfsStaging from './commands/nfs/staging.ts';
import plan from './commands/plan.ts';
import profileCommands from './commands/profile.ts';
import secretGenerate from './commands/secret/generate.ts';
import secretLs from './commands/secret/ls.ts';
import secretRm from './commands/secret/rm.ts';
import secretSet from './commands/secret/set.ts';
import serve from './commands/serve.ts';
import completion from './commands/completion.ts';
import doctor from './commands/doctor.ts';
import errors from './commands/errors.ts';
import undo from './commands/undo.ts';
import version from './commands/version.ts';
import audit from './commands/audit.ts';
import tokenAdd from './commands/token/add.ts';
import tokenLs from './commands/token/ls.ts';
import tokenRm from './commands/token/rm.ts';
import publish from './commands/publish.ts';
import unpublish from './commands/unpublish.ts';
import recipeCheck from './commands/recipe/check.ts';
import recipeFromParameters from './commands/recipe/from-parameters.ts';
import recipeSchema from './commands/recipe/schema.ts';

const group = (brief: string, routes: Record<string, Command<Context>>, aliases = {}) =>
  buildRouteMap<string, Context>({ docs: { brief }, routes, aliases });

export const routes = buildRouteMap<string, Context>({
  docs: {
    brief: 'Builds diskless images, boots nodes from them, and proves that they boot',
    fullDescription: `${manifest.description}. With --server URL most commands ask a server; see slipway(1).`,
  },
  routes: {
    doctor,
    menu,
    build,
    image: group('Look at images and keep them in order', {
      ls: imageLs,
      show: imageShow,
      history: imageHistory,
      diff: imageDiff,
      tag: imageTag,
      rollback: imageRollback,
      clone: imageClone,
      rm: imageRm,
      gc: imageGc,
      verify: imageVerify,
      'check-readonly': imageCheckReadonly,
      test: imageTest,
      export: imageExport,
      import: imageImport,
      push: imagePush,
      pull: imagePull,
      mount: imageMount,
      umount: imageUmount,
      shell: imageShell,
      estimate: imageEstimate,
      resize: imageResize,
      clear: imageClear,
      'set-kernel': imageSetKernel,
    }),
    livenet: group('Images in the memory of nodes', { create: livenetCreate }),
    nfs: group('Roots over NFS: trees of images and of nodes, and their exports', {
      staging: nfsStaging,
      golden: nfsGolden,
      import: nfsImport,
      add: nfsAdd,
      rm: nfsRm,
      ls: nfsLs,
      diff: nfsDiff,
      refresh: nfsRefresh,
      snapshot: nfsSnapshot,
      restore: nfsRestore,
      promote: nfsPromote,
      up: nfsUp,
      down: nfsDown,
      exports: nfsExports,
    }),
    demo: group('Images of nothing, to try things with', { create: demoCreate, corrupt: demoCorrupt }),
    publish,
    unpublish,
    kernel: group('The pool of kernels', {
      ls: kernelLs,
      add: kernelAdd,
      rm: kernelRm,
      initramfs: kernelInitramfs,
    }),
    node: group('The registry of nodes', {
      add: nodeAdd,
      set: nodeSet,
      unset: nodeUnset,
      ls: nodeLs,
      show: nodeShow,
      rm: nodeRm,
      files: nodeFiles,
      explain: nodeExplain,
      hostkeys: nodeHostkeys,
      import: nodeImport,
    }),
    group: group('Groups of nodes, and what is said of them', groupCommands),
    profile: group('Profiles: settings that nodes and groups share', profileCommands),
    plan,
    apply,
    export: exportCluster,
    import: group('Take over installations of other programs', { bluebanquise: importBlueBanquise }),
    history: buildRouteMap<'ls' | 'show', Context>({
      docs: { brief: 'What was changed in the registry' },
      routes: { ls: historyLs, show: historyShow },
      defaultCommand: 'ls',
    }),
    undo,
    file: group('Files that nodes get besides their image', {
      set: fileSet,
      link: fileLink,
      secret: fileSecret,
      builtin: fileBuiltin,
      absent: fileAbsent,
      skip: fileSkip,
      rm: fileRm,
      ls: fileLs,
    }),
    secret: group('Secrets that node files are made of', {
      set: secretSet,
      generate: secretGenerate,
      ls: secretLs,
      rm: secretRm,
    }),
    nodeset: group('Work out sets of nodes: node[01-10,15], @rack1', {
      expand: nodesetExpand,
      fold: nodesetFold,
      count: nodesetCount,
    }),
    boot: group('Say what nodes boot, and see how it went', {
      set: bootSet,
      show: bootShow,
      status: bootStatus,
      history: bootHistory,
      why: bootWhy,
      log: bootLog,
    }),
    bootset,
    drift,
    serve,
    token: group('Tokens of the API', { add: tokenAdd, ls: tokenLs, rm: tokenRm }),
    audit,
    recipe: group('Check recipes, describe their form', {
      check: recipeCheck,
      schema: recipeSchema,
      'from-parameters': recipeFromParameters,
    }),
    errors,
    completion,
    version,
  },
});
