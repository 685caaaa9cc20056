/** What the API tells as it happens, as server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { z } from 'zod';
import { Nodes } from './fields.ts';
import type { Scope } from './operation.ts';

export interface Stream {
  name: string;
  path: string;
  scope: Scope;
  summary: string;
  input: z.ZodObject;
}

const BuildId = z.uuid().describe('Id of a build');

/** Boots, changes of the registry, builds. */
export const events = {
  name: 'events',
  path: '/events',
  scope: 'reader',
  summary: 'Follow boots, changes of the registry and builds',
  input: z.strictObject({
    nodes: Nodes.optional().describe('Only boots and changes of these nodes'),
    types: z
      .array(z.enum(['boot', 'registry', 'build']))
      .max(10)
      .optional()
      .describe('Only events of these types'),
  }),
} as const satisfies Stream;

export const buildEvents = {
  name: 'build.events',
  path: '/builds/:build/events',
  // Recipes may print what is for few eyes.
  scope: 'operator',
  summary: 'Follow a build from its beginning; ends with it',
  input: z.strictObject({ build: BuildId }),
} as const satisfies Stream;

export const streams: readonly Stream[] = [events, buildEvents];
