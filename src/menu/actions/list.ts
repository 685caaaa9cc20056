import { imageList } from '../../operations/image/list.ts';
import { imageShow } from '../../operations/image/show.ts';
import type { Style } from '../../cli/render/style.ts';
import { bytes, shortDigest, when } from '../../cli/render/text.ts';
import { listNodeTrees } from '../../nfs/records.ts';
import { fold } from '../../nodeset/fold.ts';
import { listMounts, type MountView } from '../../mounts/record.ts';
import type { Session } from '../session.ts';
import { imageTree } from '../tree.ts';

type Line = Awaited<ReturnType<typeof listed>>[number];
type Attributes = (readonly [string, string | number | undefined])[];

/** Entry 2: all images by their state, one tree each. No password is shown, hashed neither: images have none to show. */
export async function list(session: Session): Promise<void> {
  const images = await listed(session);
  if (images.length === 0) return session.tell('There is no image yet: entry 1 makes one.');
  const { style } = session;
  const mounts = new Map((await listMounts(session.installation.paths)).map((one) => [one.image, one]));
  const ready = images.filter(({ state }) => state === 'ready');
  const groups: [title: string, paint: Style['bold'], Line[]][] = [
    ['IN_CREATION', style.yellow, images.filter(({ state }) => state === 'building')],
    ['CREATED', style.green, ready.filter(({ name }) => !mounts.has(name))],
    ['MOUNTED', style.blue, ready.filter(({ name }) => mounts.has(name))],
    ['BROKEN', style.red, images.filter(({ state }) => state === 'broken')],
  ];
  for (const [title, paint, lines] of groups) {
    if (lines.length === 0) continue;
    session.say('', `   ${style.bold(paint(`[${title}]`))}`);
    for (const one of newest(lines))
      session.say(
        ...imageTree(
          one.name,
          await attributes(session, one, lines, mounts.get(one.name)),
          style,
          session.surface.columns(),
        ),
      );
  }
  session.say('');
  session.same('image', 'ls');
}

const listed = async (session: Session) => await session.call(imageList, {});

/** Of each image the generation `latest`, else its newest. */
function newest(lines: readonly Line[]): Line[] {
  return [...Map.groupBy(lines, ({ name }) => name).values()].flatMap(
    (same) => same.find(({ tags }) => tags.includes('latest')) ?? same[0] ?? [],
  );
}

async function attributes(
  session: Session,
  one: Line,
  lines: readonly Line[],
  mount?: MountView,
): Promise<Attributes> {
  const others = lines.filter(({ name, generation }) => name === one.name && generation !== one.generation);
  const common: Attributes = [
    ['generation', [String(one.generation), ...one.tags].join(', ')],
    ['other generations', others.map(({ generation }) => generation).join(', ')],
  ];
  if (one.state === 'building') {
    const { what, who, since, process: pid, step } = one.building ?? {};
    return [
      ['work', what],
      ['step', step],
      ['by', who],
      ['since', since === undefined ? undefined : when(since)],
      ['Installation pid', pid],
    ];
  }
  const [digest, date]: Attributes = [
    ['digest', one.digest === null ? undefined : shortDigest(one.digest)],
    ['creation_date', one.created === null ? undefined : when(one.created)],
  ];
  if (one.state === 'broken')
    return [
      ...common,
      digest,
      date,
      ['problem', 'a part is missing or damaged: entry 9 removes it'],
    ] as Attributes;
  const details = await session.call(imageShow, { image: `${one.name}:${one.generation}` });
  const { version, arguments: words, initramfs } = details.boot;
  return [
    ...common,
    [version ? 'description' : 'my_message', details.description],
    ['system', details.system['PRETTY_NAME']],
    ['kernel', version && `vmlinuz-${version}`],
    ['image', version && initramfs && `initramfs-kernel-${version}`],
    ['kernel arguments', words.join(' ')],
    ['packages', details.packages.length || undefined],
    ['size', bytes(one.bytes)],
    ['livenet_size', details.root && `${bytes(details.root.size)}, ${bytes(details.root.used)} used`],
    ['published', details.published.map(({ mode }) => mode).join(', ')],
    ...(await nfsAttributes(session, one.name)),
    ...mountAttributes(version !== undefined, mount),
    ['memory of a node', version && `${details.memory.total} MiB`],
    digest,
    date,
  ] as Attributes;
}

/** Of golden images, as disklessset says it: where their trees are, and a node set. */
async function nfsAttributes({ installation: { paths } }: Session, image: string): Promise<Attributes> {
  const nodes = (await listNodeTrees(paths, image)).map(({ node }) => node);
  if (nodes.length === 0) return [];
  return [
    ['NFS_DIRECTORY', `${paths.exports}/nodes/${image}`],
    ['nodes', fold(nodes)],
  ];
}

/** As disklessset says it: `True, on DIRECTORY`. */
function mountAttributes(has: boolean, mount: MountView | undefined): Attributes {
  if (!mount) return has ? [['is_mounted', 'False']] : [];
  const { generation, path, inventory, who, since, active } = mount;
  return [
    ['is_mounted', active ? `True, on ${path}` : `False, but its changes are kept beside ${path}`],
    ['inventory', inventory],
    ['mounted', `generation ${generation}, by ${who} since ${when(since)}`],
  ];
}
