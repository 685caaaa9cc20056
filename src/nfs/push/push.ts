/**
 * Copies of a generation's tree on other NFS servers. In `PATH` of each:
 *
 *     trees/HEX            a whole tree, HEX the digest of its generation; never changed
 *     trees/.HEX.partial   one that is on its way; goes on where it stopped
 *     trees/.HEX.old       one that is being removed
 *     trees/.lock          held while somebody pushes
 *     current              symbolic link to the tree that was pushed last
 */
import { lookup } from 'node:dns/promises';
import type { Digest } from '../../image/types.ts';
import type { Installation } from '../../system/config.ts';
import { task, type Sink } from '../../system/events.ts';
import { fail } from '../errors.ts';
import { squashText } from '../exports/kernel.ts';
import { parseDestination, type Destination } from './destination.ts';
import { Remote } from './remote.ts';
import { hexOf } from '../store.ts';
import { serverOf, type NfsServer } from './servers.ts';

export interface PushContext {
  installation: Installation;
  sink: Sink;
  signal?: AbortSignal;
}

export interface Pushed {
  to: Destination;
  /** What nodes mount. */
  server: NfsServer;
  /** It was there already, every byte of it. */
  cached: boolean;
}

/** Everything of a file counts, and its content, not its time: files of builds share one time. */
const FLAGS = ['--archive', '--hard-links', '--acls', '--xattrs', '--sparse', '--numeric-ids', '--checksum', '--delete']; // prettier-ignore
/** Trees there that new ones share files with; rsync(1) takes 20. */
const BASES = 5;
const TREE = /^[0-9a-f]{64}$/;

/**
 * Copies `root`, the tree of generation `digest`, to all servers, one after the other. Doing it again looks
 * every file through, and copies what is missing.
 * @returns in the order of `to`; for the publication: `pushOptions`
 * @throws SlipwayError `nfs/push-…`; servers before the one that failed have the tree
 */
export async function pushTree(
  root: string,
  digest: Digest,
  to: readonly string[],
  context: PushContext,
): Promise<Pushed[]> {
  const destinations = to.map(parseDestination);
  const twice = destinations.find(({ host, path }, i) =>
    destinations.slice(0, i).some((other) => other.host === host && other.path === path),
  );
  if (twice) throw fail('push-twice', { text: twice.text });
  // Before anything is copied: a name that means nothing would end it in the middle.
  const addresses = await Promise.all(destinations.map(addressOf));
  const pushed: Pushed[] = [];
  for (const [i, one] of destinations.entries())
    pushed.push(await pushOne(root, digest, one, addresses[i] ?? '', context));
  return pushed;
}

async function pushOne(
  root: string,
  digest: Digest,
  to: Destination,
  address: string,
  context: PushContext,
): Promise<Pushed> {
  const { installation, sink, signal } = context;
  return await task(sink, `push to ${to.host}:${to.path}`, async ({ id, end }) => {
    await using remote = await Remote.open(to, installation, { id, signal });
    const [trees, name] = [`${to.path}/trees`, hexOf(digest)];
    const [tree, partial, old] = [`${trees}/${name}`, `${trees}/.${name}.partial`, `${trees}/.${name}.old`];
    // Who mounts it is nobody there.
    await remote.ask(['mkdir', '-p', '-m', '0755', trees]);
    await remote.lock(`${trees}/.lock`);
    const there = await namesIn(remote, trees);
    const copy = ['rsync', ...FLAGS, ...remote.rsync];
    const differs = async (at: string) => {
      const look = [...copy, '--dry-run', '--itemize-changes', '--', `${root}/`, `${to.ssh}:${at}/`];
      const { stdout } = await remote.copy(look, { maxOutput: 1 << 30, sink: undefined });
      return stdout.split('\n').filter((line) => line !== '');
    };
    const cached = there.includes(name) && unchanged(await differs(tree), to, sink);
    if (!cached) {
      const bases = (await newest(remote, trees, there)).slice(0, BASES);
      await remote.copy(
        [...copy, '--info=progress2', '--outbuf=Line', ...bases.map((one) => `--link-dest=../${one}`),
          '--', `${root}/`, `${to.ssh}:${partial}/`], // prettier-ignore
        { onLine: (line) => progress(line, id, sink), maxOutput: 0 },
      );
      const left = await differs(partial);
      if (left.length > 0)
        throw fail(
          'push-differs',
          { host: to.host, path: partial },
          { output: left.slice(0, 20).join('\n') },
        );
      await remote.ask(['sync', '-f', partial]);
      if (there.includes(name)) await remote.ask(['mv', '-T', tree, old]);
      await remote.ask(['mv', '-T', partial, tree]);
    } else end.result = 'cached';
    await remote.ask(['ln', '-s', '-f', '-n', `trees/${name}`, `${to.path}/.current.new`]);
    await remote.ask(['mv', '-T', `${to.path}/.current.new`, `${to.path}/current`]);
    await remote.ask(['sync', '-f', trees]);
    await sweep(remote, trees);
    return { to, server: serverOf(to, digest, address), cached };
  });
}

/**
 * Removes a tree there that nobody mounts. No such tree: nothing is done.
 * @throws SlipwayError `nfs/push-…`
 */
export async function unpushTree(digest: Digest, text: string, context: PushContext): Promise<void> {
  const to = parseDestination(text);
  const { installation, sink, signal } = context;
  await task(sink, `remove from ${to.host}:${to.path}`, async ({ id }) => {
    await using remote = await Remote.open(to, installation, { id, signal });
    const [trees, name] = [`${to.path}/trees`, hexOf(digest)];
    if ((await remote.ask(['test', '-d', trees], [0, 1])).code !== 0) return;
    await remote.lock(`${trees}/.lock`);
    const there = await namesIn(remote, trees);
    const link = await remote.ask(['readlink', `${to.path}/current`], [0, 1]);
    if (link.stdout.trim() === `trees/${name}`) await remote.ask(['rm', '-f', `${to.path}/current`]);
    // First by a name that nobody mounts: what is half removed must not look whole.
    if (there.includes(name)) await remote.ask(['mv', '-T', `${trees}/${name}`, `${trees}/.${name}.old`]);
    await sweep(remote, trees);
  });
}

/** How it must be exported there. */
export interface ExportAs {
  /** Users of nodes are nobody; what others may not read they get otherwise. */
  squash: boolean;
  /** Files have labels of SELinux. */
  labels: boolean;
}

/** What must be exported there, for people who administrate it: lines of exports(5). */
export function exportsLines(
  pushed: readonly Pick<Pushed, 'to'>[],
  clients: readonly string[],
  { squash, labels }: ExportAs,
): string[] {
  const options = `(ro,${squashText(squash)},no_subtree_check,sec=sys${labels ? ',security_label' : ''})`;
  const who = (clients.length > 0 ? clients : ['CLIENTS']).map((one) => `${one}${options}`).join(' ');
  return pushed.map(({ to }) => `${to.host}: ${to.path}/trees ${who}`);
}

/** Whether a tree that is there is what it must be; one that was changed is told, and replaced. */
function unchanged(left: readonly string[], to: Destination, sink: Sink): boolean {
  if (left.length > 0)
    sink({
      event: 'notice',
      level: 'warning',
      message: `the tree on ${to.host} was changed there: it is replaced. Nodes that run from it keep what they have open`,
      lines: left.slice(0, 20),
    });
  return left.length === 0;
}

async function namesIn(remote: Remote, trees: string): Promise<string[]> {
  return (await remote.ask(['ls', '-A', '-1', '--', trees])).stdout.split('\n');
}

/** Names of whole trees, the newest first. */
async function newest(remote: Remote, trees: string, there: readonly string[]): Promise<string[]> {
  const whole = there.filter((one) => TREE.test(one)).slice(0, 500);
  if (whole.length === 0) return [];
  const { stdout } = await remote.ask([
    'stat',
    '--format=%.9Z:%n',
    '--',
    ...whole.map((one) => `${trees}/${one}`),
  ]);
  const lines = stdout.split('\n').flatMap((line) => {
    const [, time = '', name] = /^([\d.]+):.*\/([0-9a-f]{64})$/.exec(line) ?? [];
    return name === undefined ? [] : [{ time: Number(time), name }];
  });
  return lines.toSorted((a, b) => b.time - a.time).map(({ name }) => name);
}

/** Takes away what was begun to be removed, and pushes that nobody went on with. Under the lock: nobody is at it. */
async function sweep(remote: Remote, trees: string): Promise<void> {
  const rest = (await namesIn(remote, trees)).filter((one) => /^\.[0-9a-f]{64}\.(partial|old)$/.test(one));
  if (rest.length > 0) await remote.ask(['rm', '-r', '-f', '--', ...rest.map((one) => `${trees}/${one}`)]);
}

/** By which nodes find it. @throws SlipwayError `nfs/push-address` */
async function addressOf({ host, address }: Destination): Promise<string> {
  if (address !== undefined) return address;
  const found = await lookup(host, { family: 4 }).catch(() => undefined);
  if (!found || found.address.startsWith('127.'))
    throw fail('push-address', { host, found: found?.address ?? 'nothing' });
  return found.address;
}

/** `  1,234,567  45%  1.18MB/s  0:00:10 (xfr#5, to-chk=10/400)`, as rsync(1) writes it. */
function progress(line: string, id: string, sink: Sink): void {
  const percent = /^\s*[\d,]+\s+(\d+)%/.exec(line)?.[1];
  if (percent !== undefined)
    sink({ event: 'task-progress', id, done: Number(percent), total: 100, unit: 'percent' });
}
