import { buildCommand } from '@stricli/core';
import { describe } from '../describe.ts';
import type { Context } from '../context.ts';
import { json, off, whole, type Json } from '../flags.ts';
import { table } from '../render/table.ts';
import { oneLine, when } from '../render/text.ts';

interface Flags extends Json {
  readonly count?: number;
  readonly refused: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Show who changed what, and who was refused, the newest first',
    fullDescription: describe(
      [
        'Every change by command line and API, and every refusal by the API: who, from where, what, and how it ended as an HTTP status.',
        'The last 100000 changes and the last 10000 refusals are kept.',
      ],
      [['slipway audit --refused', 'Who tried what they may not']],
    ),
  },
  parameters: {
    flags: {
      json,
      count: whole('Most entries (default: 100)', 'number', 1, 10_000),
      refused: off('Only refusals'),
    },
  },
  async func(this: Context, { count, refused }: Flags) {
    const { audit } = await import('../../operations/access/audit.ts');
    const entries = await this.call(audit, { count, ...(refused && { refused }) });
    this.result(entries, (style, columns) =>
      table(
        entries,
        [
          { title: 'when', value: (e) => when(e.at) },
          { title: 'who', value: (e) => oneLine(e.who) },
          { title: 'from', value: (e) => e.client },
          { title: 'what', value: (e) => oneLine(e.operation) },
          { title: 'status', value: (e) => e.status, right: true },
          { title: 'detail', value: (e) => oneLine(e.detail), shrink: true },
        ],
        { style, columns, empty: 'Nothing yet.' },
      ),
    );
  },
});
