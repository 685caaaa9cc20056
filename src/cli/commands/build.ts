import { buildCommand } from '@stricli/core';
import { describe } from '../describe.ts';
import type { Context } from '../context.ts';
import { fail } from '../errors.ts';
import { json, off, text, whole, type Json } from '../flags.ts';
import type { Remote } from '../remote/server.ts';
import { bytes, seconds } from '../render/text.ts';
import type { BuildOptions } from '../../build/context.ts';
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
    brief: 'Build an image from a recipe or a parameters file',
    fullDescription: describe(
      [
        'Each source and step is a layer, kept and used again as long as nothing that it sees has changed.',
        'The result is a new generation of the image, tagged latest; what nodes boot from is never touched.',
        'Building the same recipe again gives the same digest and no new generation.',
        'A parameters file of disklessset (image_data at its beginning) is taken as it is; see also slipway recipe from-parameters.',
      ],
      [
        ['slipway build examples/debian-minimal.yml', 'Build the image that the recipe names'],
        [
          'slipway build --name web2 --set source.debian.suite=trixie web.yml',
          'Under another name, of another release',
        ],
        ['slipway build --explain web.yml', 'Say for each step why it ran or did not'],
        ['slipway build livenet1.yml', 'From a parameters file of disklessset'],
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
        {
          brief: 'recipe or parameters file; with --server the name of a recipe there',
          placeholder: 'RECIPE',
          parse: String,
        },
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
  const options: BuildOptions = {
    sink,
    signal,
    noCache: flags['no-cache'],
    offline: flags.offline,
    explain: flags.explain,
    wait: flags.wait === undefined ? undefined : flags.wait * 1000,
    ask: context.secretAsker(),
  };
  const { looksLikeParameters } = await import('../../parameters/detect.ts');
  if (await looksLikeParameters(file)) {
    if (flags.set && flags.set.length > 0)
      throw fail('usage', {
        message: '--set is for recipes; a parameters file says everything itself',
        help: `slipway recipe from-parameters ${file}, to go on with a recipe`,
      });
    const [{ buildParameters }, { openParameters }] = [
      await import('../../parameters/build.ts'),
      await import('../../parameters/open.ts'),
    ];
    const loaded = await openParameters(installation, file, { name: flags.name, sink });
    return await buildParameters(installation, loaded, options);
  }
  const [{ loadRecipe }, { build }] = await Promise.all([
    import('../../recipe/load.ts'),
    import('../../build/build.ts'),
  ]);
  const recipe = await loadRecipe(file, { name: flags.name, set: flags.set, sink });
  return await build(installation, recipe, options);
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
