import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { StepKind } from '../context.ts';
import { files } from './files.ts';
import { kernel } from './kernel.ts';
import { packages } from './packages.ts';
import { run } from './run.ts';
import { services } from './services.ts';
import { users } from './users.ts';

/** Every kind of step, by its key in a recipe. */
const KINDS: Record<string, StepKind> = { files, kernel, packages, run, services, users };

export function kindOf(step: ResolvedStep): { name: string; kind: StepKind } {
  for (const name of Object.keys(step.step)) {
    const kind = KINDS[name];
    if (kind) return { name, kind };
  }
  throw new Error(`step without a kind at ${step.place.file}`);
}
