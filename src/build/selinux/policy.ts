/** Which policy an image is labelled for, and what it needs for that. */
import type { ImageConfig } from '../../image/types.ts';
import type { ResolvedRecipe } from '../../recipe/resolved.ts';
import type { Source } from '../../recipe/schema.ts';

export type Selinux = NonNullable<ImageConfig['selinux']>;

/** Raised when labels come out otherwise for the same policy: part of the cache keys of labelled layers. */
const GENERATION = 1;

/** The part of a layer's cache key; empty without SELinux, so that such keys stay as they were. */
export const labelKey = (selinux?: Selinux) => (selinux ? { selinux: { ...selinux, GENERATION } } : {});

/**
 * What the recipe says, or else the image it stands on. Policies have other names elsewhere: Debian's
 * own is `default`, all others' `targeted`.
 */
export function selinuxOf(recipe: ResolvedRecipe, parent?: Selinux): Selinux | undefined {
  const { selinux, root } = recipe;
  if (!selinux) return parent;
  const usual = 'source' in root && 'debian' in root.source ? 'default' : 'targeted';
  return { policy: selinux.policy ?? parent?.policy ?? usual, mode: selinux.mode };
}

/** Packages with a policy and its tools: the same names on Debian, RHEL and SUSE. */
export const policyPackages = (policy: string) => [`selinux-policy-${policy}`, 'policycoreutils'];

/** A source that installs packages, with those of the policy among them. */
export function withPolicy(source: Source, selinux?: Selinux): Source {
  if (!selinux) return source;
  const add = (packages: string[]) => [...new Set([...packages, ...policyPackages(selinux.policy)])];
  if ('debian' in source) return { debian: { ...source.debian, packages: add(source.debian.packages) } };
  if ('redhat' in source) return { redhat: { ...source.redhat, packages: add(source.redhat.packages) } };
  return source;
}

/** Whether what comes behind the source may still bring a policy. */
export function mayBringPolicy(recipe: ResolvedRecipe): boolean {
  return recipe.steps.some(
    ({ step }) =>
      'run' in step ||
      'files' in step ||
      ('packages' in step && step.packages.install.some((name) => name.includes('selinux'))),
  );
}

/**
 * Kernel arguments of a labelled image. `security=` is for kernels that would choose AppArmor else, as
 * Debian's do. linux/Documentation/admin-guide/kernel-parameters.txt
 */
function argumentsOf({ mode }: Selinux): string[] {
  return ['selinux=1', 'security=selinux', ...(mode === 'permissive' ? ['enforcing=0'] : [])];
}

/** `given` with those of SELinux before it; the image below may have put its own there. What the recipe says itself wins. */
export function withArguments(given: readonly string[], selinux?: Selinux, parent?: Selinux): string[] {
  const before = new Set(parent ? argumentsOf(parent) : []);
  const rest = given.filter((argument) => !before.has(argument));
  const named = new Set(rest.map((argument) => argument.split('=', 1)[0]));
  const own = selinux ? argumentsOf(selinux) : [];
  return [...own.filter((argument) => !named.has(argument.split('=', 1)[0] as string)), ...rest];
}
