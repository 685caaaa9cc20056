import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { json, type Json } from '../flags.ts';

export default buildCommand({
  docs: {
    brief: 'What this host can build, serve and boot, and what to install for the rest',
    fullDescription:
      'Everything is tried for real, in private namespaces. Exit code 1 when images cannot be built and served here.',
  },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    const { installation, signal } = await this.work();
    const { diagnose } = await import('../../doctor/diagnose.ts');
    const { diagnosisText } = await import('../render/diagnosis.ts');
    const { silent } = await import('../../system/events.ts');
    const diagnosis = await diagnose(installation, silent, signal);
    this.result(diagnosis, (style, columns) => diagnosisText(diagnosis, style, columns));
    if (!diagnosis.ready) this.exitCode = 1;
  },
});
