import { buildCommand } from '@stricli/core';
import { describe } from '../../describe.ts';
import type { Node } from '../../../node/node.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { imageFlag, json, nodesFlag, off, text, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly status: boolean;
  readonly boot?: string;
  readonly image?: string;
  readonly force?: string;
  readonly 'extra-parameters'?: string;
  readonly kickstart: boolean;
  readonly quiet: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Say what nodes boot, with the words of BlueBanquise’s bootset',
    fullDescription: describe(
      [
        'The same registry as slipway boot set, for habits and scripts; also installed as bootset.',
        'An image that is published in mode nfs is booted so: each node needs a tree of it (slipway nfs add).',
        'osdeploy, clone and clonedeploy go on with the iPXE scripts of other tools: targets in config.yml.',
        'Each -b replaces what -f and -e of an earlier one said.',
      ],
      [
        ['bootset -n c[001-004] -b diskless -i compute', 'They boot the image compute'],
        ['bootset -n c[001-004] -s', 'What they boot'],
        ['bootset -n c001 -b osdeploy -f network', 'It is installed anew, with a static address'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: nodesFlag,
      status: off('Show what the nodes boot'),
      boot: text('diskless, disk, next, or a target such as osdeploy, clone, clonedeploy', 'what'),
      image: imageFlag('Image to boot diskless; with clone targets the name that they know'),
      force: text('dhcp: more patience with DHCP; network: a static address; or both with a comma', 'what'),
      'extra-parameters': text('More kernel arguments, with blanks between them', 'arguments'),
      kickstart: off('Show the kickstart file of a node'),
      quiet: off('Print nothing but what was asked for'),
    },
    aliases: {
      n: 'nodes',
      s: 'status',
      b: 'boot',
      i: 'image',
      f: 'force',
      e: 'extra-parameters',
      k: 'kickstart',
      q: 'quiet',
    },
  },
  async func(this: Context, flags: Flags) {
    if (flags.status) return await showStatus(this, flags.nodes);
    if (flags.kickstart) return await showKickstart(this, flags.nodes);
    await setBoots(this, flags);
  },
});

async function showStatus(context: Context, nodes: string | undefined): Promise<void> {
  const [{ nodeList }, { bootsetStatus, statusText }] = await Promise.all([
    import('../../../operations/node/list.ts'),
    import('./status.ts'),
  ]);
  const status = bootsetStatus(await context.call(nodeList, { nodes }));
  context.result(status, () => statusText(status));
}

async function showKickstart(context: Context, nodes: string | undefined): Promise<void> {
  if (nodes === undefined) throw usage('-k shows the kickstart file of one node: give it with -n');
  const { installation } = await context.work();
  const [{ nodeList }, { kickstartOf }] = await Promise.all([
    import('../../../operations/node/list.ts'),
    import('../../../boot/target.ts'),
  ]);
  const [node, ...more] = await context.call(nodeList, { nodes });
  if (!node || more.length > 0) throw usage(`-k shows the kickstart file of one node, not of ${nodes}`);
  const kickstart = await kickstartOf(installation.config, node);
  context.result(kickstart, () => kickstart.text);
}

async function setBoots(context: Context, flags: Flags): Promise<void> {
  const { nodes, boot, image, quiet } = flags;
  if (nodes === undefined) throw usage('Name nodes with -n, such as -n c[001-004]');
  if (boot === undefined) throw usage('Nothing to do: give -b, -s or -k');
  const [{ nodeList }, { bootSet }, { dedicatedOf, forcesOf }, { fold }, { modesFor }] = await Promise.all([
    import('../../../operations/node/list.ts'),
    import('../../../operations/boot/set.ts'),
    import('./dedicated.ts'),
    import('../../../nodeset/fold.ts'),
    import('./mode.ts'),
  ]);
  const forces = forcesOf(flags.force);
  const diskless = boot === 'diskless';
  const known = await context.call(nodeList, { nodes });
  const modeOf = diskless && image !== undefined ? await modesFor(context, image, known) : () => undefined;
  // Nodes with the same arguments are one change; only static addresses differ from node to node.
  const alike = Map.groupBy(known, (node) =>
    JSON.stringify([dedicatedOf(node, forces, flags['extra-parameters']), modeOf(node)]),
  );
  const changed: Node[] = [];
  for (const [key, some] of alike) {
    const [words, mode] = JSON.parse(key) as [string, string | null];
    changed.push(
      ...(await context.call(bootSet, {
        nodes: fold(some.map((node) => node.name)),
        boot: diskless ? 'image' : boot,
        ...(diskless && { image }),
        ...(mode !== null && { mode }),
        ipxe: {
          'dedicated-kernel-parameters': words === '' ? null : words,
          'node-image': diskless || image === undefined ? null : image,
        },
      })),
    );
  }
  context.result(changed, (style) =>
    quiet
      ? ''
      : [...Map.groupBy(changed, (n) => ((n.boot ?? 'image') === 'image' ? (n.image ?? '') : (n.boot ?? '')))]
          .map(([what, some]) => `${style.green('[OK]')} ${fold(some.map((n) => n.name))} boots ${what}\n`)
          .join(''),
  );
}

function usage(message: string) {
  return fail('usage', { message, help: 'bootset --help' });
}
