import { basename, dirname } from 'node:path';
import { buildCommand } from '@stricli/core';
import type { ExportReport, ExportStatus } from '../../../nfs/exports/compare.ts';
import { fold } from '../../../nodeset/fold.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, off, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';

interface Flags extends Json {
  readonly apply: boolean;
}

export default buildCommand({
  docs: {
    brief: 'What is exported to whom, and whether the NFS server does it',
    fullDescription: describe(
      [
        'Exports follow trees and registry by themselves; this looks, and with --apply puts right what is not as it should be, such as after a crash. What others export is left alone.',
        'Nodes whose exports differ in nothing but their address are one line; --json has every one. waiting: exported when its node boots, whose address the registry does not have. Exit code 1 if something is missing, different or stale.',
      ],
      [['slipway nfs exports --apply', 'Export what is wanted, and nothing else of ours']],
    ),
  },
  parameters: { flags: { json, apply: off('Put right what is not as it should be') } },
  async func(this: Context, { apply }: Flags) {
    const { installation, sink, signal } = await this.work();
    const [{ compareExports }, { reconcileExports }] = await Promise.all([
      import('../../../nfs/exports/compare.ts'),
      import('../../../nfs/exports/reconcile.ts'),
    ]);
    if (apply) await reconcileExports(installation, undefined, sink, signal);
    const report = await compareExports(installation, undefined, undefined, signal);
    this.result(report, (style, columns) => {
      const lines = table<Alike>(
        alike(report.exports),
        [
          { title: 'path', value: pathText },
          { title: 'clients', value: clientsText, shrink: true },
          { title: 'access', value: accessText },
          { title: 'state', value: (one) => one.problem ?? one.state, shrink: true },
        ],
        { style, columns, empty: 'There is nothing to export.' },
      );
      return lines + serverText(report);
    });
    if (!report.ok) this.exitCode = 1;
  },
});

/** Exports of nodes that are alike but for their addresses. */
interface Alike extends ExportStatus {
  all: readonly ExportStatus[];
}

function alike(exports: readonly ExportStatus[]): Alike[] {
  const key = ({ path, node, write, squash, state, problem }: ExportStatus) =>
    JSON.stringify(node === undefined ? path : [dirname(path), write, squash, state, problem]);
  return [...Map.groupBy(exports, key).values()].flatMap((all) => (all[0] ? [{ ...all[0], all }] : []));
}

const pathText = ({ path, all }: Alike) =>
  all.length === 1 ? path : `${dirname(path)}/${fold(all.map((one) => basename(one.path)))}`;
function clientsText({ clients, all }: Alike): string {
  const count = all.reduce((sum, one) => sum + one.clients.length, 0);
  return all.length === 1 || count === 0 ? clients.join(' ') : `${count} addresses`;
}
const accessText = ({ write, squash }: ExportStatus) =>
  `${write ? 'rw' : 'ro'}${squash ? ', as nobody' : ''}`;

function serverText({ server, serving }: ExportReport): string {
  if (server === 'off') return 'nfs.server is off: you export by yourself.\n';
  return serving === false ? 'nfs-ganesha does not run, or has not read this yet: slipway serve.\n' : '';
}
