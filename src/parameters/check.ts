/** What a single parameter must be. The menu and parameters files ask the same functions. */
import { closest } from '../system/closest.ts';
import { SlipwayError, throwAll } from '../system/errors.ts';
import { parseSize } from '../system/size.ts';
import { kernelVersion } from '../recipe/fields.ts';
import { RedhatSource, rpmName } from '../recipe/sources/redhat.ts';
import { checkImageName } from '../image/reference.ts';
import { fail } from './errors.ts';

/** MiB, as disklessset has them. */
const SMALLEST = 100;
const LARGEST = 50_000;

/** Foreign text in a message. */
const shown = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** The name for a new image. @throws SlipwayError `parameters/empty-name`, `parameters/name` */
export function checkName(text: string): string {
  if (text.trim() === '') throw fail('empty-name', {});
  try {
    return checkImageName(text);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw fail('name', { name: shown(text) }, { cause });
  }
}

/** The same, for an image that must not be there yet. @throws SlipwayError `parameters/exists`, and as {@link checkName} */
export function checkNewName(text: string, taken: readonly string[]): string {
  const name = checkName(text);
  if (taken.includes(name)) throw fail('exists', { name });
  return name;
}

/** `700`, `700M`, `1.5G` or `auto`, as `size` of a recipe takes it. @throws SlipwayError `parameters/size-form`, `parameters/size-limits` */
export function checkSize(text: string): string {
  const size = text.trim();
  if (size === 'auto') return size;
  const bytes = parseSize(size);
  if (bytes === undefined) throw fail('size-form', { size: shown(size) });
  const mib = bytes / 2 ** 20;
  if (mib < SMALLEST || mib > LARGEST) throw fail('size-limits', { size: shown(size) });
  return /[MG]$/.test(size) ? size : `${size}M`;
}

/** A clear password or a crypt(5) hash. @throws SlipwayError `parameters/empty-password`, `parameters/password` */
export function checkPassword(text: string): string {
  if (text === '') throw fail('empty-password', {});
  if (/\p{Cc}/u.test(text)) throw fail('password', {});
  return text;
}

/**
 * The version of a kernel of the pool, from `vmlinuz-VERSION` or `VERSION`.
 * @param pool versions that there are
 * @throws SlipwayError `parameters/kernel-form`, `parameters/no-kernel`, `parameters/kernel`
 */
export function checkKernel(text: string, pool: readonly string[]): string {
  const version = checkKernelName(text);
  if (pool.length === 0) throw fail('no-kernel', {});
  if (pool.includes(version)) return version;
  const near = closest(version, pool);
  const hint = near ? `Did you mean vmlinuz-${near}?` : `Add it: slipway kernel add.`;
  throw fail('kernel', { kernel: version, known: pool.slice(0, 20).join(', '), hint });
}

/** The same without a look at the pool. @throws SlipwayError `parameters/kernel-form` */
export function checkKernelName(text: string): string {
  const version = text.replace(/^vmlinuz-/, '');
  if (!kernelVersion.safeParse(version).success) throw fail('kernel-form', { kernel: shown(text) });
  return version;
}

/** Names of packages and groups; whether repositories have them is found out when they are asked. @throws SlipwayError `parameters/package`, all wrong ones together */
export function checkPackages(names: readonly string[]): string[] {
  throwAll(
    names
      .filter((name) => !rpmName.safeParse(name).success)
      .map((name) => fail('package', { name: shown(name) })),
  );
  return [...new Set(names)];
}

/** @throws SlipwayError `parameters/release` */
export function checkRelease(text: string): string {
  if (!RedhatSource.shape.release.safeParse(text).success) throw fail('release', { release: shown(text) });
  return text;
}
