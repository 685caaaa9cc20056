import { buffer } from 'node:stream/consumers';
import { buildCommand } from '@stricli/core';
import { FORMATS, type Format } from '../../../node/import/formats.ts';
import type { Source } from '../../../node/import/source.ts';
import type { Notice } from '../../../node/import/settle.ts';
import type { DiffGroup } from '../../../node/diff.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { json, off, texts, type Json } from '../../flags.ts';
import { diffText } from '../../render/diff.ts';
import { noticeText } from '../../render/notices.ts';

interface Planned {
  changes: DiffGroup[];
  notices: Notice[];
}

interface Flags extends Json {
  readonly format?: Format;
  readonly hosts?: readonly string[];
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly update: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Take over nodes from other programs',
    fullDescription: describe(
      [
        'Reads nodes.conf of Warewulf 4, what xCAT prints by lsdef -z, host lists of dnsmasq, ISC DHCP and Kea, /etc/ethers, and tables (CSV).',
        'Shows what changes and what has no counterpart, and asks before it writes it, all or none. Nodes that are there are refused unless --update is given. slipway undo takes it back.',
      ],
      [
        ['slipway node import /etc/warewulf/nodes.conf', 'Profiles become profiles'],
        ['lsdef -t node -l -z | slipway node import - --yes', 'From xCAT, without a question'],
        ['slipway node import /etc/ethers --hosts /etc/hosts --dry-run', 'Only shows what would be'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      format: {
        kind: 'enum',
        values: FORMATS,
        brief: 'Format; told by the content if not given',
        optional: true,
      },
      hosts: texts('File like /etc/hosts with addresses and names, repeatable', 'file'),
      'dry-run': off('Change nothing'),
      yes: off('Do not ask'),
      update: off(
        'Change nodes, groups and profiles that are there: what the source says replaces what is there',
      ),
    },
    aliases: { y: 'yes' },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'file to read; - is standard input', placeholder: 'FILE', parse: String },
    },
  },
  async func(this: Context, flags: Flags, ...files: string[]) {
    const { importApply, importPlan } = await import('../../../operations/registry/import.ts');
    const { format, update } = flags;
    const sources = await sourcesOf(files);
    const input = { sources, hosts: await sourcesOf(flags.hosts ?? []), format, update };
    const text = ({ changes, notices }: Planned, style = this.style('stderr')) =>
      diffText(changes, style) + noticeText(notices, style);
    let revision: number | undefined;
    if (flags['dry-run'] || !flags.yes) {
      const plan = { ...(await this.call(importPlan, input)), change: null };
      if (flags['dry-run'] || plan.changes.length === 0)
        return this.result(plan, (style) => text(plan, style));
      if (!(await ask(this, text(plan)))) {
        this.exitCode = 1;
        return this.result(plan, () => 'Nothing was changed.\n');
      }
      ({ revision } = plan);
    }
    const done = await this.call(importApply, { ...input, revision });
    return this.result(done, (style) => {
      const shown = flags.yes ? text(done, style) : '';
      const { change } = done;
      if (change === null) return shown;
      return `${shown}Imported as change ${change}. To take it back: slipway undo ${change}\n`;
    });
  },
});

async function sourcesOf(files: readonly string[]): Promise<Source[]> {
  const { readSource, sourceOf } = await import('../../../node/import/source.ts');
  const sources: Source[] = [];
  for (const file of files)
    sources.push(
      file === '-' ? sourceOf('standard input', await buffer(process.stdin)) : await readSource(file),
    );
  return sources;
}

async function ask(context: Context, text: string): Promise<boolean> {
  const confirm = context.confirmer();
  if (!confirm)
    throw fail('usage', {
      message: 'There is nobody to ask whether to import this; give --yes',
      help: '--dry-run, to see what would change',
    });
  return await confirm(text, 'Import this?');
}
