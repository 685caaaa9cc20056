/** SELinux labels of what was changed: a host without SELinux gives new files none. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkContext } from '../build/context.ts';
import { buildLog } from '../build/logs.ts';
import { requirePolicy } from '../build/selinux/check-labels.ts';
import { Labels } from '../build/selinux/label.ts';
import type { Selinux } from '../build/selinux/policy.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';

/**
 * Labels what is in `upper` as the image's policy wants it now; where the policy itself was changed, also
 * what lies below and gets another label by that: it becomes part of `upper`.
 * @param work an empty directory below the work directories
 * @throws SlipwayError `selinux/…`
 */
export async function labelUpper(
  installation: Installation,
  selinux: Selinux,
  tree: { lowers: readonly Lower[]; upper: string },
  work: string,
  image: { name: string; epoch: number },
  options: { sink: Sink; signal?: AbortSignal },
): Promise<void> {
  const { paths } = installation;
  const { lowers, upper } = tree;
  using log = await buildLog(paths, image.name);
  const context: WorkContext = { installation, options, log, epoch: image.epoch, managers: new Map() };
  const [one, two] = [join(work, 'below'), join(work, 'changed')];
  // On the file system of the upper directory, as overlayfs wants it.
  const workdir = join(dirname(upper), 'labels');
  await rm(workdir, { recursive: true, force: true });
  for (const directory of [one, two]) await mkdir(directory);
  let labels: Labels;
  {
    await using below = await Sandbox.open(paths, one, lowers, false);
    labels = await Labels.open(below, selinux, selinux.policy, context);
    await using changed = await Sandbox.open(paths, two, lowers, { upper, workdir });
    await requirePolicy(changed.root, selinux);
    await labels.inTree(changed, true);
  }
  await rm(workdir, { recursive: true, force: true });
  await labels.inLayer(upper);
}
