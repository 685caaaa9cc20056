import type { Lower, Sandbox } from '../system/sandbox.ts';
import type { LogFile } from '../system/logfile.ts';
import type { Sink } from '../system/events.ts';
import type { Installation } from '../system/config.ts';
import type { ResolvedRecipe, ResolvedStep } from '../recipe/resolved.ts';
import type { PackageManager } from './packages/manager.ts';
import type { Selinux } from './selinux/policy.ts';

/** What a user may ask of a build. */
export interface BuildOptions {
  sink: Sink;
  signal?: AbortSignal;
  /** Ignore cached layers; default false. */
  noCache?: boolean;
  /** Fetch nothing: metadata and packages of earlier builds only. */
  offline?: boolean;
  /** Tell for each step why it ran or did not. */
  explain?: boolean;
  /** Milliseconds to wait for another build of the same image. Default: as long as it takes. */
  wait?: number;
  /** Asks a person for a password; without it, recipes that prompt fail. */
  ask?: (question: string) => Promise<string>;
}

/** What package managers and tools work with, for a recipe or for an image that is there already. */
export interface WorkContext {
  installation: Installation;
  options: BuildOptions;
  log: LogFile;
  /** SOURCE_DATE_EPOCH, seconds. */
  epoch: number;
  /** Package managers opened in this build, by identity of their configuration. */
  managers: Map<string, Promise<PackageManager>>;
}

/** Handed to every source and step. */
export interface BuildContext extends WorkContext {
  recipe: ResolvedRecipe;
  /** What every layer is labelled for; known once the image below is. */
  selinux?: Selinux;
}

/** The tree as it stands before a step. */
export interface Tree {
  /** Lowest first. */
  lowers: Lower[];
  /** Key of the uppermost layer; covers all below. */
  key: string;
  /** Identity of the package manager's configuration; see packages/for-tree.ts. */
  packageConfig?: string;
}

/** One kind of step. Files in `steps/` each export one. */
export interface StepKind {
  /** What progress lines call it when the recipe does not. */
  title(step: ResolvedStep): string;
  /** Everything outside the tree that the step sees: part of the cache key. */
  inputs(step: ResolvedStep, tree: Tree, context: BuildContext): Promise<unknown>;
  /** Changes the tree. */
  run(step: ResolvedStep, sandbox: Sandbox, tree: Tree, context: BuildContext, task: string): Promise<void>;
}

/** Options for tools run on behalf of a task. */
export function toolOptions(context: WorkContext, task: string) {
  return {
    log: context.log,
    sink: context.options.sink,
    id: task,
    signal: context.options.signal,
    env: { SOURCE_DATE_EPOCH: String(context.epoch) } as Record<string, string>,
  };
}
