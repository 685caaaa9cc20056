import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { json, type Json } from '../flags.ts';

export default buildCommand({
  docs: { brief: 'Explain an error code, or list all of them' },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'code, as messages print it', placeholder: 'CODE', parse: String, optional: true },
      ],
    },
  },
  async func(this: Context, _flags: Json, code?: string) {
    const [{ allErrors }, { table, facts }] = await Promise.all([
      import('../all-errors.ts'),
      import('../render/table.ts'),
    ]);
    const all = await allErrors();
    const rows = [...all].map(([key, { what, why, todo, exit }]) => ({
      code: key,
      what,
      why,
      todo,
      exit: exit ?? 1,
    }));
    if (code === undefined) {
      const columns = [
        { title: 'code', value: (row: { code: string }) => row.code },
        { title: 'what', value: (row: { what: string }) => row.what, shrink: true },
      ];
      this.result(rows, (style, width) => table(rows, columns, { style, columns: width, empty: '' }));
      return;
    }
    const found = rows.find((row) => row.code === code);
    if (!found) {
      const [{ fail }, { closest }] = await Promise.all([
        import('../errors.ts'),
        import('../../system/closest.ts'),
      ]);
      const near = closest(code, [...all.keys()]);
      throw fail('unknown-error-code', {
        code: JSON.stringify(code),
        hint: near ? `Did you mean ${near}?` : 'slipway errors lists all of them.',
      });
    }
    this.result(found, (style) =>
      facts(
        [
          ['code', found.code],
          ['what', found.what],
          ['why', found.why],
          ['do', found.todo],
          ['exit code', found.exit],
        ],
        style,
      ),
    );
  },
});
