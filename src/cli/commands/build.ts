import { buildCommand } from '@stricli/core';
import { describe } from '../describe.ts';
import type { Context } from '../context.ts';
import { json, off, text, whole, type Json } from '../flags.ts';
import type { Remote } from '../remote/server.ts';
import { bytes, seconds } from '../render/text.ts';
import type { Built } from '../../system/events.ts';

interface Flags extends Json {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly 'no-cache': boolean;
  readonly offline: boolean;
  readonly explain: boolean;
  readonly wait?: number;
}

export default buildCommand({
  docs: {
    brief: 'Build an image from a recipe',
    fullDescription: describe(
      [
        'Each source and step is a layer, kept and used again as long as nothing that it sees has changed.',
        'The result is a new generation of the image, tagged latest; what nodes boot from is never touched.',
        'Building the same recipe again gives the same digest and no new generation.',
      ],
      [
        ['slipway build examples/debian-minimal.yml', 'Build the image that the recipe names'],
        [
          'slipway build --name web2 --set source.debian.suite=trixie web.yml',
          'Under another name, of another release',
        ],
        ['slipway build --explain web.yml', 'Say for each step why it ran or did not'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      name: text('Name of the image, instead of the one in the recipe', 'name'),
      set: {
        kind: 'parsed',
        parse: String,
        brief:
          'Set a value of the recipe, such as variables.role=login or source.debian.suite=trixie; may be given several times',
        placeholder: 'key=value',
        optional: true,
        variadic: true,
      },
      'no-cache': { ...off('Make every layer again'), withNegated: false },
      offline: off('Fetch nothing: only what earlier builds left'),
      explain: off('Say for each step why it ran or did not'),
      wait: whole(
        'Seconds to wait for another build of the same image (default: as long as it takes)',
        'seconds',
        0,
        1_000_000,
      ),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'recipe file; with --server the name of one there', placeholder: 'RECIPE', parse: String },
      ],
    },
  },
  async func(this: Context, flags: Flags, file: string) {
    const remote = await this.remote();
    const built = await (remote ? buildThere(this, remote, flags, file) : buildHere(this, flags, file));
    this.result(built, (style) => {
      const how = built.cached ? 'unchanged' : `built in ${seconds(built.seconds)}`;
      return `${style.green(style.sign.done)} ${style.bold(`${built.image}:${built.generation}`)}  ${how}, ${bytes(built.bytes)}\n  ${style.dim(built.digest)}\n`;
    });
  },
});

async function buildHere(context: Context, flags: Flags, file: string): Promise<Built> {
  const { installation, sink, signal } = await context.work({ reconcile: true });
  const [{ loadRecipe }, { build }] = await Promise.all([
    import('../../recipe/load.ts'),
    import('../../build/build.ts'),
  ]);
  const recipe = await loadRecipe(file, { name: flags.name, set: flags.set, sink });
  return await build(installation, recipe, {
    sink,
    signal,
    noCache: flags['no-cache'],
    offline: flags.offline,
    explain: flags.explain,
    wait: flags.wait === undefined ? undefined : flags.wait * 1000,
    ask: context.secretAsker(),
  });
}

/** The recipe is one of the server's, by its name. */
async function buildThere(context: Context, remote: Remote, flags: Flags, recipe: string): Promise<Built> {
  const [{ buildRemote }, { variablesOf }] = [
    await import('../remote/build.ts'),
    await import('../remote/variables.ts'),
  ];
  return await buildRemote(
    remote,
    {
      recipe,
      name: flags.name,
      variables: variablesOf(flags.set ?? []),
      ...(flags['no-cache'] && { noCache: true }),
      ...(flags.offline && { offline: true }),
      ...(flags.explain && { explain: true }),
    },
    await context.shown(),
  );
}
