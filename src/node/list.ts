/** A node as `slipway node ls --json` and the API list it. Others script against these keys. */
import { DEFAULT_MODE } from '../modes/index.ts';
import type { Node } from './node.ts';

export interface ListedNode {
  name: string;
  macs: string[];
  /** Its own groups. */
  groups: string[];
  /** All that hold for it, its groups' too; later ones win. */
  profiles: string[];
  image: string | null;
  mode: string | null;
  arguments: string[];
}

export function listed({ name, macs, groups, profiles, image, mode, arguments: list }: Node): ListedNode {
  const shown = mode ?? (image === undefined ? null : DEFAULT_MODE);
  return { name, macs, groups, profiles, image: image ?? null, mode: shown, arguments: list };
}
