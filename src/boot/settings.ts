/** Lines of node.conf by which the image is set up: of the site, the mode and the node. docs/boot-protocol.md, section 3. */
import { hasRefreshed } from '../files/refresh.ts';
import type { RenderedFile } from '../files/rendered.ts';
import type { Resolved } from '../image/types.ts';
import type { ConfLine, Mode, ModeNode } from '../modes/mode.ts';
import type { Node } from '../node/node.ts';
import type { Installation } from '../system/config.ts';
import { modeNode } from './plan.ts';
import type { Given } from './session.ts';

export interface Configured {
  installation: Installation;
  image: Resolved;
  mode: Mode;
  node: ModeNode & Partial<Pick<Node, 'trap'>>;
  /** What the boot session has of the mode. */
  given: Pick<Given, 'own' | 'host'>;
  files: readonly RenderedFile[];
}

export function settingLines({ installation, image, mode, node, given, files }: Configured): ConfLine[] {
  const { config } = installation;
  return [
    ...(hasRefreshed(files) ? [['refresh', String(config.refresh)] as const] : []),
    ['trap', node.trap ?? config.trap],
    ...mode.nodeConf({ image, installation, node: modeNode(node), own: given.own, host: given.host }),
  ];
}

/** Of no consequence for a node that is up, or compared by itself. */
const NOT_KEPT = new Set(['mode', 'attempts']);

/** What a boot session keeps of them (`Given.settings`), for drift. */
export function keptSettings(lines: readonly ConfLine[]): Record<string, string> {
  return Object.fromEntries(lines.filter(([key]) => !NOT_KEPT.has(key)));
}
