/** What `bootset -s` prints: nodes folded by what they boot. */
import { fold } from '../../../nodeset/fold.ts';
import type { Node } from '../../../node/node.ts';

export interface BootsetStatus {
  /** Node set that boots from its disk. */
  disk: string;
  /** Node sets by target. */
  targets: Record<string, string>;
  /** Node sets by image reference. */
  images: Record<string, string>;
}

export function bootsetStatus(nodes: readonly Pick<Node, 'name' | 'boot' | 'image'>[]): BootsetStatus {
  const targets = Map.groupBy(nodes, ({ boot, image }) =>
    (boot ?? 'image') !== 'image' ? (boot ?? '') : image === undefined ? 'disk' : 'image',
  );
  const set = (some: readonly { name: string }[] = []) => fold(some.map((node) => node.name));
  const images = Map.groupBy(targets.get('image') ?? [], (node) => node.image ?? '');
  const others = [...targets].filter(([name]) => name !== 'disk' && name !== 'image');
  return {
    disk: set(targets.get('disk')),
    targets: Object.fromEntries(others.map(([name, some]) => [name, set(some)])),
    images: Object.fromEntries([...images].map(([name, some]) => [name, set(some)])),
  };
}

/** In the words that users of bootset know. */
export function statusText({ disk, targets, images }: BootsetStatus): string {
  const { osdeploy, next, ...others } = targets;
  const lines = [
    disk && `Diskfull: ${disk}`,
    osdeploy && `Next boot deployment: ${osdeploy}`,
    next && `Next boot as the firmware has it: ${next}`,
    ...Object.entries(others).map(([name, nodes]) => `Next boot ${name}: ${nodes}`),
    Object.keys(images).length > 0 && 'Diskless image(s):',
    ...Object.entries(images).map(([image, nodes]) => ` - ${image}: ${nodes}`),
  ];
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}
