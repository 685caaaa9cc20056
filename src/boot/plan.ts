/** What a node would boot: image, mode, and what the mode keeps for it. */
import { isIPv4 } from 'node:net';
import type { Resolved } from '../image/types.ts';
import { DEFAULT_MODE, findMode } from '../modes/index.ts';
import type { BootContext, Mode, ModeNode } from '../modes/mode.ts';
import { fail } from '../node/errors.ts';
import type { Architecture } from '../node/node.ts';
import { IPXE_ARGUMENTS } from '../node/schema.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import type { Images } from './images.ts';
import { nodeScript } from './scripts.ts';

/** What plans are made with. */
export interface Planning {
  images: Pick<Images, 'resolve'>;
  /** Without it nobody asks what the mode keeps for the node. */
  installation?: Installation;
  /** Address that asks, at a real boot. */
  client?: string;
  sink?: Sink;
}

/** Which image and mode a machine boots. */
export interface Plan {
  node: ModeNode & {
    id?: string;
    arguments: readonly string[];
    ipxe?: Readonly<Record<string, string>>;
    architecture?: Architecture;
  };
  image: Resolved;
  mode: Mode;
  /** What the mode keeps for the node. */
  own?: unknown;
  /** See {@link BootContext.host}. */
  host?: string;
}

/**
 * Looks everything up that a boot needs.
 * @throws SlipwayError `image/…`, `boot/no-mode`, `boot/unbootable`, `node/architecture`, and of {@link Mode.own}
 */
export async function makePlan(
  { images, installation, client, sink = () => {} }: Planning,
  node: Plan['node'],
  ref: string,
  modeName = DEFAULT_MODE,
): Promise<Plan> {
  const mode = findMode(modeName);
  const named = await images.resolve(ref);
  const asked = installation && { image: named, installation, node: modeNode(node), client, sink };
  const own = asked && (await mode.own?.(asked));
  const image = own?.image === undefined ? named : await images.resolve(own.image);
  mode.check(image);
  const { architecture } = image.config;
  if (node.architecture && architecture !== node.architecture)
    throw fail('architecture', {
      image: ref,
      image_architecture: architecture,
      node: node.name,
      architecture: node.architecture,
    });
  return { node, image, mode, own: own?.data };
}

/** What modes are told of a node. */
export function modeNode({ name, overlay, writable, state }: ModeNode): ModeNode {
  return { name, overlay, writable, state };
}

/** For {@link BootContext.host}. */
export function ipv4Host(url: string): string | undefined {
  const { hostname } = new URL(url);
  return isIPv4(hostname) ? hostname : undefined;
}

/** What the mode is told of a plan. */
export function bootContext(installation: Installation, { node, image, own, host }: Plan): BootContext {
  return { image, installation, node: modeNode(node), own, host };
}

/** The script of a plan. @throws SlipwayError `boot/unbootable`, `boot/long-command-line` */
export function planScript(installation: Installation, plan: Plan, server: string, session: string): string {
  const { node, image, mode } = plan;
  const boot = mode.boot(bootContext(installation, plan));
  return nodeScript({
    server,
    session,
    node: node.name,
    image: `${image.generation.name}:${image.generation.generation}`,
    mode: mode.name,
    kernel: boot.kernel?.digest ?? '',
    initramfs: boot.initramfs?.digest ?? '',
    root: boot.root(server),
    dracutNetwork: boot.dracutNetwork,
    arguments: bootArguments(installation, plan),
  });
}

/** Kernel arguments of image, mode and node, without those that every boot has. */
export function bootArguments(installation: Installation, plan: Plan): string[] {
  const { node, image, mode } = plan;
  return [
    ...(image.config.kernel?.arguments ?? []),
    ...mode.boot(bootContext(installation, plan)).arguments,
    ...IPXE_ARGUMENTS.flatMap((name) => node.ipxe?.[name]?.split(' ').filter(Boolean) ?? []),
    ...node.arguments,
  ];
}
