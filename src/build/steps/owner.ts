import type { Place } from '../../system/errors.ts';
import { readInRoot } from '../../system/in-root.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { defineErrors } from '../../system/errors.ts';

const fail = defineErrors('owner', {
  unknown: {
    what: 'The image has no {kind} {name}',
    why: 'Owners are looked up in the image’s own /etc/passwd and /etc/group.',
    todo: 'Make the user in an earlier step, or name it by number.',
  },
});

/** Numbers of `user[:group]` by the image's own files. */
export async function ownerIds(
  sandbox: Sandbox,
  owner: string,
  where: Place,
): Promise<{ uid: number; gid?: number }> {
  const [user = '', group] = owner.split(':');
  const id = async (kind: string, file: string, name: string) => {
    if (/^\d+$/.test(name)) return Number(name);
    const text = (await readInRoot(sandbox.root, file))?.toString() ?? '';
    const line = text.split('\n').find((l) => l.startsWith(`${name}:`));
    if (!line) throw fail('unknown', { kind, name }, { where });
    return Number(line.split(':')[2]);
  };
  return {
    uid: await id('user', '/etc/passwd', user),
    gid: group === undefined ? undefined : await id('group', '/etc/group', group),
  };
}
