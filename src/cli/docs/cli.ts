/** The command line, from the definitions of the commands themselves. */
import type { Command, RouteMap } from '@stricli/core';
import { routes } from '../routes.ts';
import type { Context } from '../context.ts';
import { heading, paragraph, prose, terms, type Block, type Page } from './document.ts';

type Target = Command<Context> | RouteMap<Context>;

export interface Entry {
  name: string;
  target: Target;
}

function isGroup(target: Target): target is RouteMap<Context> {
  return 'getAllEntries' in target;
}

function entriesOf(group: RouteMap<Context>): Entry[] {
  return group
    .getAllEntries()
    .filter((entry) => !entry.hidden)
    .map((entry) => ({ name: entry.name.original, target: entry.target }));
}

/** `slipway` itself, and one page for each command or group below it. */
export function commandPages(): Page[] {
  const top = entriesOf(routes);
  return [overview(top), ...top.map(({ name, target }) => page(name, target))];
}

/** The same as one list of blocks, for docs/reference/cli.md. */
export function commandReference(): Block[] {
  const blocks: Block[] = [heading('The command line'), ...GENERAL, heading('On a server', 2), ...REMOTE];
  for (const { name, target } of entriesOf(routes)) {
    if (isGroup(target)) {
      blocks.push(heading(`slipway ${name}`, 2), paragraph(`${target.brief}.`));
      for (const sub of entriesOf(target))
        if (!isGroup(sub.target))
          blocks.push(
            heading(`slipway ${name} ${sub.name}`, 3),
            ...commandBlocks(['slipway', name, sub.name], sub.target),
          );
    } else blocks.push(heading(`slipway ${name}`, 2), ...commandBlocks(['slipway', name], target));
  }
  return blocks;
}

const GENERAL: Block[] = [
  paragraph(
    'Every listing and result takes `--json`: standard output is then JSON, one value a line. Commands that take a while print their events as they happen, and the result last; an error is an object whose `event` is `error`. Without `--json` progress and errors go to standard error, results to standard output.',
  ),
  terms([
    ['exit code 0', 'done'],
    ['exit code 1', 'failed'],
    ['exit code 2', 'wrong usage: nothing was done'],
    [
      'exit code 130, 143',
      'stopped by Ctrl-C, by a termination signal. Once stops cleanly; a second time kills what runs and leaves at once.',
    ],
  ]),
];

const REMOTE: Block[] = [
  paragraph(
    'Commands on nodes, groups, profiles, boots, images, builds, tokens and secrets work on a server, too, with the same output and exit codes; those that need the host itself say so.',
  ),
  terms([
    [
      '--server URL',
      'Ask this server: `https://HOST:8443`, `http://127.0.0.1:8080`, or as root on it `unix:/run/slipway/api.sock`.',
    ],
    [
      '--fingerprint SHA256',
      'Take the server by the fingerprint of its certificate, as `slipway serve` prints it.',
    ],
    ['--cacert FILE', 'Take the server by its certificate, or by the authority that signed it.'],
  ]),
];

const ENVIRONMENT = terms([
  ['SLIPWAY_ROOT', 'Directory below which everything is kept, instead of `/`: for trials and tests.'],
  [
    'SLIPWAY_SERVER, SLIPWAY_FINGERPRINT, SLIPWAY_CACERT',
    'The same as `--server`, `--fingerprint`, `--cacert`.',
  ],
  [
    'SLIPWAY_TOKEN',
    'Token for the server; default: what is in `~/.config/slipway/token`, which only its owner may be able to read.',
  ],
  ['SLIPWAY_INSECURE', '`1`: send the token over plain HTTP to other hosts, too.'],
  ['SOURCE_DATE_EPOCH', 'Seconds since 1970: no file of an image is newer, where the recipe has no date.'],
  [
    'http_proxy, https_proxy, no_proxy',
    'Handed on to the tools that download. Nothing else of the environment is.',
  ],
  ['NO_COLOR', 'Any value: no colours.'],
]);

const FILES = terms([
  ['/etc/slipway/config.yml', 'Configuration, see `slipway-config`(5).'],
  ['/var/lib/slipway/catalog', 'Images: an OCI image layout.'],
  ['/var/lib/slipway/layers', 'Build layers. May be deleted at any time.'],
  ['/var/lib/slipway/registry.sqlite', 'Nodes, boots and their stages.'],
  ['/var/lib/slipway/keys', 'The key that signs manifests. Keep it secret.'],
  ['/run/slipway/api.sock', 'The API, for root alone, while `slipway serve` runs.'],
  ['/etc/slipway/recipes', 'Recipes that can be built over the API, by their names.'],
  ['/var/log/slipway', 'Full output of all tools, by build and boot.'],
]);

function overview(top: readonly Entry[]): Page {
  return {
    name: 'slipway',
    section: 1,
    brief: 'build diskless images, boot nodes from them, and prove that they boot',
    blocks: [
      heading('Synopsis'),
      paragraph('`slipway` COMMAND [ARGUMENTS]'),
      heading('Description'),
      paragraph(
        'An image is a stack of layers and a kernel. It is built once from a recipe, never changed afterwards, and booted in any mode.',
      ),
      ...GENERAL,
      heading('On a server'),
      ...REMOTE,
      heading('Commands'),
      terms(
        top.map(({ name, target }) => [`slipway ${name}`, `${target.brief}. See \`slipway-${name}\`(1).`]),
      ),
      heading('Environment'),
      ENVIRONMENT,
      heading('Files'),
      FILES,
      heading('See also'),
      paragraph('`slipway-recipe`(5), `slipway-config`(5), `slipway-errors`(7)'),
    ],
  };
}

function page(name: string, target: Target): Page {
  const blocks: Block[] = [];
  if (isGroup(target)) {
    blocks.push(heading('Commands'));
    for (const sub of entriesOf(target))
      if (!isGroup(sub.target))
        blocks.push(
          heading(`slipway ${name} ${sub.name}`, 2),
          ...commandBlocks(['slipway', name, sub.name], sub.target),
        );
  } else
    blocks.push(
      heading('Synopsis'),
      ...commandBlocks(['slipway', name], target, heading('Description'), heading('Options')),
    );
  blocks.push(heading('See also'), paragraph('`slipway`(1)'));
  return {
    name: `slipway-${name}`,
    section: 1,
    brief: target.brief.charAt(0).toLowerCase() + target.brief.slice(1),
    blocks,
  };
}

function commandBlocks(
  prefix: string[],
  command: Command<Context>,
  ...[description, options]: Block[]
): Block[] {
  const usage = command.formatUsageLine({
    prefix,
    ansiColor: false,
    config: { useAliasInUsageLine: false, onlyRequiredInUsageLine: false, caseStyle: 'original' },
  });
  const rows = [...argumentRows(command), ...flagRows(command)];
  return [
    paragraph(`\`${usage}\``),
    ...(description ? [description] : []),
    paragraph(`${command.brief}.`),
    ...prose(command.fullDescription ?? ''),
    ...(rows.length > 0 ? [...(options ? [options] : []), terms(rows)] : []),
  ];
}

function argumentRows({ parameters: { positional } }: Command<Context>): [string, string][] {
  if (!positional) return [];
  const all = positional.kind === 'tuple' ? positional.parameters : [positional.parameter];
  return all.map((one) => [`\`${one.placeholder ?? 'argument'}\``, one.brief]);
}

function flagRows({ parameters: { flags = {}, aliases = {} } }: Command<Context>): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    const short = Object.entries(aliases).find(([, long]) => long === name)?.[0];
    const value =
      flag.kind === 'enum'
        ? ` ${flag.values.join('|')}`
        : flag.kind === 'parsed'
          ? ` ${flag.placeholder ?? 'value'}`
          : '';
    return [`\`${short ? `-${short}, ` : ''}--${name}${value}\``, flag.brief];
  });
}
