/** From what somebody answered, at the menu or by flags, to parameters. A parameters file has its own way: load.ts. */
import { SlipwayError, throwAll } from '../system/errors.ts';
import type { Paths } from '../system/paths.ts';
import { hashPassword, isHash } from '../build/password.ts';
import { checkKernel, checkNewName, checkPackages, checkPassword, checkRelease, checkSize } from './check.ts';
import { hostRelease } from './host-release.ts';
import type { LivenetType, Parameters } from './model.ts';
import { readKey } from './ssh-key.ts';

interface CommonAnswers {
  name: string;
  /** Clear, or a crypt(5) hash. */
  password: string;
  /** `VERSION` or `vmlinuz-VERSION`. */
  kernel: string;
  packages: readonly string[];
  /** Default: that of this host. */
  release?: string;
}

export interface LivenetAnswers extends CommonAnswers {
  kind: 'livenet';
  type: LivenetType;
  size: string;
  /** Path of a file with public keys. */
  sshKey?: string;
  selinux: boolean;
  optimize: boolean;
}

export interface StagingAnswers extends CommonAnswers {
  kind: 'nfs-staging';
}

export interface DemoAnswers {
  kind: 'demo';
  name: string;
  message: string;
}

export type Answers = LivenetAnswers | StagingAnswers | DemoAnswers;

export interface Known {
  /** The site, whose secret makes the salt of hashes. */
  paths: Paths;
  /** Versions in the pool. */
  kernels: readonly string[];
  /** Names of images that there are. */
  images: readonly string[];
  /** os-release(5) of this host; for tests. */
  osRelease?: string;
}

/**
 * Checks all answers, reads the ssh key, and hashes the password.
 * @throws SlipwayError `parameters/…`, all mistakes together
 */
export async function parametersOf(answers: Answers, known: Known): Promise<Parameters> {
  const errors: SlipwayError[] = [];
  const checked = async <T>(check: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const name = (await checked(() => checkNewName(answers.name, known.images))) ?? '';
  if (answers.kind === 'demo') {
    throwAll(errors);
    return { kind: 'demo', name, message: answers.message };
  }
  const kernel = (await checked(() => checkKernel(answers.kernel, known.kernels))) ?? '';
  const clear = (await checked(() => checkPassword(answers.password))) ?? '';
  const additionalPackages = (await checked(() => checkPackages(answers.packages))) ?? [];
  const { release } = answers;
  const releaseVersion = await checked(() =>
    release === undefined ? hostRelease(known.osRelease) : checkRelease(release),
  );
  const livenet = answers.kind === 'livenet' ? answers : undefined;
  const size = (livenet && (await checked(() => checkSize(livenet.size)))) ?? 'auto';
  const path = livenet?.sshKey;
  const sshKey = path === undefined ? undefined : await checked(() => readKey(path, process.cwd()));
  throwAll(errors);
  const password = isHash(clear) ? clear : await hashPassword(clear, name, 'root', known.paths);
  const common = { name, password, kernel, additionalPackages, releaseVersion };
  if (!livenet) return { kind: 'nfs-staging', ...common };
  const { type, selinux, optimize } = livenet;
  return { kind: 'livenet', ...common, type, size, sshKey, selinux, optimize };
}
