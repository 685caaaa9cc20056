import { expandNames } from '../../node/expand.ts';
import { fold } from '../../nodeset/fold.ts';
import { nfsAdd } from '../../operations/nfs/add.ts';
import { nfsList } from '../../operations/nfs/list.ts';
import { nfsRemove } from '../../operations/nfs/remove.ts';
import { chooseSystem } from '../images.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';
import { shellWord } from '../command-line.ts';
import { branches } from '../tree.ts';
import { problem } from '../validate.ts';

type What = 'add' | 'rm' | 'ls';

interface Answers {
  image: string;
  what: What;
  nodes?: string;
}

/** NFS, 3: adding, removing and listing the trees of nodes. */
export async function goldenNodes(session: Session): Promise<void> {
  await withRetry<Answers | undefined>(
    session,
    async (earlier) => await ask(session, earlier),
    async (answers) => {
      if (!answers) return;
      const { image, what, nodes = '' } = answers;
      if (what === 'add') await add(session, image, nodes);
      else if (what === 'rm') await remove(session, image, nodes);
      else await show(session, image);
    },
  );
}

async function ask(session: Session, earlier?: Answers): Promise<Answers | undefined> {
  const chosen = await chooseSystem(session, 'Select the golden image:', earlier?.image);
  if (!chosen) return undefined;
  const image = chosen.name;
  const have = (await treesOf(session, image)).map(({ node }) => node);
  const hint = have.length === 0 ? 'it has no nodes yet' : fold(have);
  const what = await session.ask.choose<What>({
    message: 'Select an action:',
    initial: earlier?.what,
    choices: [
      { value: 'add', label: `Add nodes to ${image}` },
      { value: 'rm', label: `Remove nodes from ${image}` },
      { value: 'ls', label: `List the nodes of ${image}`, hint },
    ],
  });
  if (what === 'ls') return { image, what };
  const nodes = await session.ask.text({
    message: what === 'add' ? 'Enter the nodes to add:' : 'Enter the nodes to remove:',
    initial: earlier?.nodes,
    help: `A node set such as c[001-100], or a group such as @rack1. Now: ${hint}.`,
    // Groups are looked up by the work.
    validate: (text) => (text.includes('@') ? undefined : problem(() => expandNames(text))),
  });
  if (
    what === 'rm' &&
    !(await session.ask.confirm(`Remove the trees of ${nodes}, with all that these nodes wrote?`))
  )
    return undefined;
  return { image, what, nodes };
}

const treesOf = async (session: Session, image: string) => await session.call(nfsList, { image });

async function add(session: Session, image: string, nodes: string): Promise<void> {
  const done = await session.call(nfsAdd, { image, nodes });
  const label = `${done.image}:${done.generation}`;
  if (done.already.length > 0) session.done(`${fold(done.already)} had a tree of ${label} before`);
  if (done.added.length > 0) session.done(`${fold(done.added)}: trees of ${label}, by ${done.kind}`);
  session.same('nfs', 'add', '-n', nodes, '-i', image);
  session.tell(`They boot it after: slipway boot set -n ${shellWord(nodes)} -i ${image} --mode nfs`);
}

async function remove(session: Session, image: string, nodes: string): Promise<void> {
  const done = await session.call(nfsRemove, { image, nodes });
  session.done(`removed the trees of ${fold(done.removed)}`);
  session.same('nfs', 'rm', '-n', nodes, '-i', image);
}

async function show(session: Session, image: string): Promise<void> {
  const trees = await treesOf(session, image);
  if (trees.length === 0) session.tell(`${image} has no nodes yet.`);
  else {
    session.say('', ` ${session.style.bold(`nodes of ${image}: ${fold(trees.map(({ node }) => node))}`)}`);
    const alike = Map.groupBy(trees, (one) => `${one.generation} ${one.kind} ${one.mounted}`);
    const lines = [...alike.values()].flatMap((some) => {
      const [first] = some;
      if (!first) return [];
      const state = first.mounted ? '' : ', not mounted: slipway nfs up';
      return [
        `generation ${first.generation}: ${fold(some.map(({ node }) => node))}, by ${first.kind}${state}`,
      ];
    });
    session.say(...branches(lines, session.style, session.surface.columns()), '');
  }
  session.same('nfs', 'ls', image);
}
