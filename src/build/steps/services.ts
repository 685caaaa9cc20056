import { lstat } from 'node:fs/promises';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { ServicesStep } from '../../recipe/schema.ts';
import { toolOptions, type StepKind } from '../context.ts';
import { fail } from '../errors.ts';
import { few } from './title.ts';

/** Enables, disables and masks systemd units with the image's own systemctl. */
export const services: StepKind = {
  title(step) {
    const { enable, disable, mask } = body(step);
    return `services ${few([...enable, ...disable.map((u) => `-${u}`), ...mask.map((u) => `!${u}`)])}`;
  },
  async inputs(step) {
    return await Promise.resolve(body(step));
  },
  async run(step, sandbox, _tree, context, task) {
    if (!(await lstat(await sandbox.path('/usr/bin/systemctl')).catch(() => undefined)))
      throw fail(
        'no-tool',
        { tool: 'systemctl', step: 'services', package: 'systemd' },
        { where: step.place },
      );
    const options = toolOptions(context, task);
    for (const [verb, units] of Object.entries(body(step)))
      if (units.length > 0)
        await sandbox.inside(['systemctl', verb, '--', ...units], {
          ...options,
          env: { ...options.env, SYSTEMD_OFFLINE: '1' },
        });
  },
};

function body(step: ResolvedStep): ServicesStep {
  return (step.step as { services: ServicesStep }).services;
}
