/** setfiles(8) of this host, over the files and the file contexts of an image: both may be hostile. */
import { confined } from '../../system/confined.ts';
import { SlipwayError } from '../../system/errors.ts';
import type { Namespace } from '../../system/namespace.ts';
import { run, type RunOptions } from '../../system/process.ts';
import { fail } from './errors.ts';

/** Milliseconds: a hundred times what a usual image takes. */
const LIMIT = 20 * 60_000;

export interface Labelling {
  /** Host directory with the file contexts; see writeContexts. */
  contexts: string;
  policy: string;
  /** Where the directory is mounted, if not on the host. */
  namespace?: Namespace;
  options: Pick<RunOptions, 'signal' | 'log'>;
}

/**
 * Gives every file below `directory`, and itself, the label that the contexts have for it, as if it were `/`.
 * With `only` just those, in that order: paths below it, their bytes as latin1.
 *
 * It runs confined, and yet with CAP_SYS_ADMIN, without which no kernel lets anybody write a label. What
 * it sees is the host's programs, read-only, the contexts, and the tree; it follows no links.
 * -m: it would leave out whatever the mount table does not call `seclabel`, which on a host without SELinux is all.
 * -F: user, role and level too, so that the same tree gets the same labels whatever it had before.
 */
export async function setLabels(
  directory: string,
  { contexts, policy, namespace, options }: Labelling,
  only?: readonly string[],
): Promise<void> {
  const what = only ? ['-0', '-f', '-'] : ['/tree'];
  const argv = confined(['setfiles', '-m', '-F', '-r', '/tree', '/contexts/file_contexts', ...what], {
    binds: { [directory]: '/tree' },
    readOnlyBinds: { [contexts]: '/contexts' },
    capabilities: ['CAP_SYS_ADMIN', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER'],
  });
  const input = only && Buffer.from(only.map((path) => `/tree/${path}\0`).join(''), 'latin1');
  try {
    await run(namespace ? namespace.command(argv) : argv, { ...options, input, timeout: LIMIT });
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    const context = { cause, output: cause.output };
    if (cause.code === 'process/timeout') throw fail('slow', { minutes: LIMIT / 60_000, policy }, context);
    throw cause.code === 'process/failed' ? fail('bad-contexts', { policy }, context) : cause;
  }
}
