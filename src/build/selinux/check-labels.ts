/** The check at a build's end: every file of the tree has a label. */
import { relative } from 'node:path';
import { Writable } from 'node:stream';
import type { Sandbox } from '../../system/sandbox.ts';
import { contextsFile, policiesOf, readContexts } from './contexts.ts';
import { fail } from './errors.ts';
import { policyPackages, type Selinux } from './policy.ts';

/** Paths that an error names. */
const SHOWN = 5;

/** @throws SlipwayError `selinux/no-policy` */
export async function requirePolicy(root: string, { policy }: Selinux): Promise<void> {
  if (await readContexts(root, policy)) return;
  const found = (await policiesOf(root)).join(', ') || 'none';
  throw fail('no-policy', {
    policy,
    file: contextsFile(policy),
    found,
    package: policyPackages(policy)[0] ?? '',
  });
}

/** @throws SlipwayError `selinux/unlabelled`, with the first paths */
export async function checkLabels(sandbox: Sandbox, signal?: AbortSignal): Promise<void> {
  let count = 0;
  const paths: string[] = [];
  // Each name of a file that has the attribute is a line; of the others getfattr says so on standard error.
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const argv = ['getfattr', '--recursive', '--physical', '--no-dereference', '--absolute-names', '--name=security.selinux', sandbox.merged]; // prettier-ignore
  const { stderr } = await sandbox.namespace.run(argv, { signal, stdout, okCodes: [0, 1] });
  for (const [, path = ''] of stderr.matchAll(/^(.*): security\.selinux: .+$/gm)) {
    count++;
    if (paths.length < SHOWN) paths.push(`/${relative(sandbox.merged, path)}`);
  }
  if (count > 0)
    throw fail('unlabelled', { count, paths: `${paths.join(', ')}${count > SHOWN ? ', …' : ''}` });
}
