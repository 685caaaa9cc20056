/** All generated documentation, by path from the checkout. */
import manifest from '../../../package.json' with { type: 'json' };
import { allErrors } from '../all-errors.ts';
import { apiReference } from './api.ts';
import { cleanupReference } from './cleanup.ts';
import { commandPages, commandReference } from './cli.ts';
import { clusterReference } from './cluster.ts';
import { configurationReference } from './configuration.ts';
import type { Block, Page } from './document.ts';
import { errorReference } from './errors.ts';
import { markdown } from './markdown.ts';
import { recipeReference } from './recipe.ts';
import { manualPage } from './roff.ts';

export async function generatedPages(): Promise<Map<string, string>> {
  const references: Record<string, { blocks: Block[]; page?: Omit<Page, 'blocks'> }> = {
    cli: { blocks: commandReference() },
    api: { blocks: apiReference() },
    configuration: {
      blocks: configurationReference(),
      page: { name: 'slipway-config', section: 5, brief: 'configuration of Slipway' },
    },
    errors: {
      blocks: errorReference(await allErrors()),
      page: { name: 'slipway-errors', section: 7, brief: 'error codes of Slipway' },
    },
    cleanup: { blocks: cleanupReference() },
    cluster: {
      blocks: clusterReference(),
      page: { name: 'slipway-cluster', section: 5, brief: 'cluster files of Slipway' },
    },
    recipe: {
      blocks: recipeReference(),
      page: { name: 'slipway-recipe', section: 5, brief: 'recipes of images' },
    },
  };
  const files = new Map<string, string>();
  const manuals = commandPages();
  for (const [name, { blocks, page }] of Object.entries(references)) {
    files.set(
      `docs/reference/${name}.md`,
      `<!-- Made from the code by make docs. -->\n\n${markdown(blocks)}`,
    );
    if (page) manuals.push({ ...page, blocks });
  }
  for (const page of manuals)
    files.set(`man/${page.name}.${page.section}`, manualPage(page, manifest.version));
  return files;
}
