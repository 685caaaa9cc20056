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
    const { diagnosisText } = await import('../render/diagnosis.ts');
    const diagnosis = await ((await this.remote()) ? askServer(this) : lookHere(this));
    this.result(diagnosis, (style, columns) => diagnosisText(diagnosis, style, columns));
    if (!diagnosis.ready) this.exitCode = 1;
  },
});

async function askServer(context: Context) {
  return await context.call((await import('../../operations/server/doctor.ts')).doctor, {});
}

/** Without catalog and registry, which may be what is broken. */
async function lookHere(context: Context) {
  const { installation, signal } = await context.work();
  const [{ diagnose }, { silent }] = await Promise.all([
    import('../../doctor/diagnose.ts'),
    import('../../system/events.ts'),
  ]);
  return await diagnose(installation, silent, signal);
}
