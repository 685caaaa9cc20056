/** Makes and changes users with the image's own useradd and usermod. */
import { chmod, chown, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInRoot } from '../../system/in-root.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { UserEntry } from '../../recipe/schema.ts';
import { isPublicKey } from '../../recipe/ssh-keys.ts';
import { toolOptions, type BuildContext, type StepKind } from '../context.ts';
import { fail } from '../errors.ts';
import { hostPath } from '../key.ts';
import { passwordHash } from '../password.ts';
import { few } from './title.ts';

export const users: StepKind = {
  title(step) {
    return `users ${few(entries(step).map((u) => u.name))}`;
  },
  async inputs(step, _tree, context) {
    const seen: unknown[] = [];
    for (const user of entries(step))
      seen.push({
        ...user,
        password: await passwordHash(user, step.base, context),
        keys: await keysOf(user, step.base),
      });
    return seen;
  },
  async run(step, sandbox, _tree, context, task) {
    if (!(await lstat(await sandbox.path('/usr/sbin/useradd')).catch(() => undefined)))
      throw fail(
        'no-tool',
        { tool: 'useradd', step: 'users', package: 'passwd (RHEL, SUSE: shadow-utils, shadow)' },
        { where: step.place },
      );
    for (const user of entries(step)) await apply(user, step, sandbox, context, task);
  },
};

function entries(step: ResolvedStep): UserEntry[] {
  return (step.step as { users: UserEntry[] }).users;
}

async function apply(
  user: UserEntry,
  step: ResolvedStep,
  sandbox: Sandbox,
  context: BuildContext,
  task: string,
): Promise<void> {
  const options = toolOptions(context, task);
  const exists = (await passwdLine(sandbox, user.name)) !== undefined;
  // useradd wants to be told of a group that has the user's name already (Debian has one named operator).
  const group = user.group ?? (exists || !(await hasGroup(sandbox, user.name)) ? undefined : user.name);
  const words = [
    ...(user.uid === undefined ? [] : ['--uid', String(user.uid)]),
    ...(group ? ['--gid', group] : []),
    ...(user.groups.length > 0 ? [...(exists ? ['--append'] : []), '--groups', user.groups.join(',')] : []),
    ...(user.home ? ['--home-dir', user.home].map((w) => (exists && w === '--home-dir' ? '--home' : w)) : []),
    ...(user.shell ? ['--shell', user.shell] : []),
    ...(!exists && user.system ? ['--system'] : []),
    ...(!exists && !user.system ? ['--create-home'] : []),
  ];
  if (!exists) await sandbox.inside(['useradd', ...words, user.name], options);
  else if (words.length > 0) await sandbox.inside(['usermod', ...words, user.name], options);

  const hash = await passwordHash(user, step.base, context);
  // On standard input: arguments can be read by every user of the host.
  if (hash !== undefined)
    await sandbox.inside(['chpasswd', '--encrypted'], { ...options, input: `${user.name}:${hash}\n` });
  if (user.locked) await sandbox.inside(['passwd', '--lock', user.name], options);
  await authorize(user, await keysOf(user, step.base), sandbox);
  if (user.sudo) await allowSudo(user, sandbox);
}

async function passwdLine(sandbox: Sandbox, name: string): Promise<string[] | undefined> {
  const text = (await readInRoot(sandbox.root, '/etc/passwd'))?.toString() ?? '';
  return text.split('\n').find((l) => l.startsWith(`${name}:`))?.split(':'); // prettier-ignore
}

async function hasGroup(sandbox: Sandbox, name: string): Promise<boolean> {
  const text = (await readInRoot(sandbox.root, '/etc/group'))?.toString() ?? '';
  return text.split('\n').some((l) => l.startsWith(`${name}:`));
}

/** Public keys: each entry is a key, or a file with keys. */
async function keysOf(user: UserEntry, base: string): Promise<string[]> {
  const keys: string[] = [];
  for (const entry of user.ssh_keys)
    if (isPublicKey(entry)) keys.push(entry.trim());
    else keys.push(...(await readFile(await hostPath(base, entry), 'utf8')).split('\n').map((l) => l.trim()).filter((l) => l && !l.startsWith('#'))); // prettier-ignore
  return keys;
}

async function authorize(user: UserEntry, keys: string[], sandbox: Sandbox): Promise<void> {
  if (keys.length === 0) return;
  const line = await passwdLine(sandbox, user.name);
  const [uid, gid, home] = [Number(line?.[2]), Number(line?.[3]), line?.[5] ?? '/root'];
  const directory = await sandbox.makeDirectory(join(home, '.ssh'));
  const file = join(directory, 'authorized_keys');
  const before = (await lstat(file).catch(() => undefined))?.isFile() ? await readFile(file, 'utf8') : '';
  const lines = [...new Set([...before.split('\n').filter(Boolean), ...keys])];
  await rm(file, { force: true });
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  await chmod(directory, 0o700);
  for (const path of [directory, file]) await chown(path, uid, gid);
}

async function allowSudo(user: UserEntry, sandbox: Sandbox): Promise<void> {
  const directory = await sandbox.path('/etc/sudoers.d');
  if (!(await lstat(directory).catch(() => undefined)))
    throw fail('no-tool', { tool: 'sudo', step: 'users', package: 'sudo' });
  // sudo ignores files with a dot in their name.
  const file = join(directory, `slipway-${user.name}`);
  await rm(file, { force: true });
  await writeFile(file, `${user.name} ALL=(ALL:ALL) NOPASSWD: ALL\n`, { mode: 0o440, flag: 'wx' });
}
