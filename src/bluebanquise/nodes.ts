/** nodes/NODE.ipxe: what bootset has written for each node. */
import { join } from 'node:path';
import type { Draft } from '../node/import/draft.ts';
import type { Harvest } from '../node/import/harvest.ts';
import { shown } from '../node/import/words.ts';
import { entriesOf, textOf } from './files.ts';
import { nodeProblem, presetProblem } from './free-names.ts';
import { variablesOf, type Variable } from './ipxe-file.ts';
import { writeVariable } from './kernel-words.ts';
import type { Leavings } from './left.ts';

export interface NodeOptions {
  /** From a name there to the name here, for images that are taken over. */
  images: ReadonlyMap<string, string>;
  /** Names of `targets` in the configuration, besides disk and next. */
  targets: readonly string[];
}

/** @returns which image each node boots, by the names here */
export async function readNodes(
  directory: string,
  harvest: Harvest,
  left: Leavings,
  options: NodeOptions,
): Promise<Map<string, string>> {
  const boots = new Map<string, string>();
  for (const { name, kind } of (await entriesOf(directory)) ?? []) {
    if (!name.endsWith('.ipxe')) continue;
    const [node, file] = [name.slice(0, -'.ipxe'.length), join(directory, name)];
    const read = kind === 'link' ? { reason: 'it is a symbolic link' } : await textOf(file);
    const problem = 'reason' in read ? read.reason : nodeProblem(harvest, node);
    if (problem !== undefined) left.leave('node', node, problem);
    else if ('text' in read) {
      const draft = harvest.node(node, file, { line: 1, column: 1 }, { merge: true });
      if (!draft) continue;
      const image = writeNode(draft, variablesOf(read.text), harvest, options);
      if (image !== undefined) boots.set(draft.name, image);
    }
  }
  return boots;
}

function writeNode(
  draft: Draft,
  variables: ReadonlyMap<string, Variable>,
  harvest: Harvest,
  { images, targets }: NodeOptions,
): string | undefined {
  const of = (name: string) => {
    const found = variables.get(name);
    return found && found.value !== '' && found.value !== 'none' ? found : undefined;
  };
  const profile = of('equipment-profile');
  const problem = profile && presetProblem(harvest, 'profile', profile.value);
  if (profile && problem !== undefined) draft.leave(`equipment profile ${shown(profile.value)}`, problem);
  else if (profile) draft.profile(profile.value, { line: profile.line, column: 1 });
  const dedicated = of('dedicated-kernel-parameters');
  if (dedicated) writeVariable(draft, 'dedicated-kernel-parameters', dedicated);
  if (of('extra-parameters')) draft.leave('extra-parameters', 'they are for add-ons of its boot menu');
  const target = of('menu-default')?.value.replace(/^boot/, '');
  if (target === undefined) {
    draft.leave('menu-default', 'the file does not say what the node boots');
    return undefined;
  }
  if (target === 'diskless') return writeImage(draft, of('node-image'), images);
  if (target === 'disk' || target === 'next' || targets.includes(target)) draft.document.boot = target;
  else {
    draft.document.boot = 'disk';
    draft.leave(
      `next boot ${shown(target)}`,
      'there is no such target in the configuration: from disk for now',
    );
  }
  return undefined;
}

function writeImage(
  draft: Draft,
  found: Variable | undefined,
  images: ReadonlyMap<string, string>,
): string | undefined {
  if (!found) {
    draft.leave('node-image', 'it boots diskless, but no image is named');
    return undefined;
  }
  const image = images.get(found.value);
  if (image === undefined) {
    draft.leave(`node-image ${shown(found.value)}`, 'there is no such image, or it is not taken over');
    return undefined;
  }
  draft.document.boot = 'image';
  draft.document.image = image;
  return image;
}
