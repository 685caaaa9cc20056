import { copyFile, cp, lstat, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeDurably } from '../../system/durable.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { RunStep } from '../../recipe/schema.ts';
import { toolOptions, type StepKind } from '../context.ts';
import { hashTree, hostPath } from '../key.ts';

/** Runs a script inside the tree, without network unless the recipe asks for it. */
export const run: StepKind = {
  title(step) {
    const { script, file } = body(step);
    return `run ${file ?? script?.trim().split('\n')[0]?.slice(0, 60) ?? ''}`;
  },
  async inputs(step, _tree, context) {
    const { inputs, ...rest } = body(step);
    const hashes = await Promise.all(
      inputs.map(async (i) => [basename(i), await hashTree(await hostPath(step.base, i))]),
    );
    return { ...rest, script: await scriptOf(step), hashes, variables: context.recipe.variables };
  },
  async run(step, sandbox, _tree, context, task) {
    const { interpreter, network, environment, inputs } = body(step);
    await using work = await workDirectory(context.installation.paths, 'run');
    const script = join(work.path, 'script');
    await writeDurably(script, await scriptOf(step), 0o755);
    const shown = join(work.path, 'inputs');
    await mkdir(shown);
    for (const input of inputs) {
      const from = await hostPath(step.base, input);
      const to = join(shown, basename(input));
      if ((await lstat(from)).isDirectory()) await cp(from, to, { recursive: true, verbatimSymlinks: true });
      else await copyFile(from, to);
    }
    const options = toolOptions(context, task);
    const variables = Object.fromEntries(
      Object.entries(context.recipe.variables).map(([k, v]) => [k, String(v)]),
    );
    await sandbox.inside([...interpreter, '/run/slipway/script'], {
      ...options,
      env: { ...variables, ...environment, ...options.env },
      network,
      readOnlyBinds: { [script]: '/run/slipway/script', [shown]: '/run/slipway/inputs' },
    });
  },
};

function body(step: ResolvedStep): RunStep {
  return (step.step as { run: RunStep }).run;
}

async function scriptOf(step: ResolvedStep): Promise<string> {
  const { script, file } = body(step);
  return script ?? (await readFile(await hostPath(step.base, file ?? ''), 'utf8'));
}
