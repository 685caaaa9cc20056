import { buffer } from 'node:stream/consumers';
import { basename } from 'node:path';
import { buildCommand } from '@stricli/core';
import { FORMATS, type Format } from '../../../node/import/formats.ts';
import type { ImportPlan } from '../../../node/import/plan.ts';
import type { Source } from '../../../node/import/source.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { json, off, texts, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { diffText } from '../../render/diff.ts';
import { noticeText } from '../../render/notices.ts';

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
    await using open = await openCatalogAndRegistry(this);
    const [{ readSources }, { planImport }, { diffOf }] = await Promise.all([
      import('../../../node/import/read.ts'),
      import('../../../node/import/plan.ts'),
      import('../../../node/diff.ts'),
    ]);
    const reading = readSources(await sourcesOf(files), {
      format: flags.format,
      hosts: await sourcesOf(flags.hosts ?? []),
    });
    const plan = await planImport(open.db, reading, { update: flags.update, catalog: open.catalog });
    for (const message of plan.warnings) open.sink({ event: 'notice', level: 'warning', message });
    const changes = diffOf(plan.entries);
    const { sources, revision, unchanged, notices, warnings } = plan;
    const result = { sources, revision, changes, unchanged, notices, warnings, change: null };
    const text = (style = this.style('stderr')) => diffText(changes, style) + noticeText(notices, style);
    if (flags['dry-run'] || plan.entries.length === 0) return this.result(result, text);
    if (!flags.yes && !(await ask(this, text()))) {
      this.exitCode = 1;
      return this.result(result, () => 'Nothing was changed.\n');
    }
    const { applyPlan } = await import('../../../node/cluster/apply.ts');
    const change = await applyPlan(open.db, plan, summaryOf(plan));
    return this.result({ ...result, change: change ?? null }, (style) => {
      const shown = flags.yes ? text(style) : '';
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

function summaryOf({ sources }: ImportPlan): string {
  return `node import ${sources.map(({ file, format }) => `${basename(file)} (${format})`).join(' ')}`;
}
