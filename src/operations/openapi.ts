/** The OpenAPI 3.1 description of all operations. https://spec.openapis.org/oas/v3.1.1.html */
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { hasBody, pathKeys, PREFIX } from './http.ts';
import { operations } from './index.ts';
import type { Operation } from './operation.ts';
import { streams, type Stream } from './streams.ts';

type Json = Record<string, unknown>;

const Problem = z.object({
  code: z.string().describe('room/name: stable'),
  what: z.string(),
  why: z.string(),
  todo: z.string().describe('What to do about it'),
  exit: z
    .union([z.literal(1), z.literal(2)])
    .optional()
    .describe('Exit code of the command line: 2 for wrong usage'),
  where: z
    .object({
      file: z.string(),
      line: z.number().optional(),
      column: z.number().optional(),
      excerpt: z.object({ text: z.string(), at: z.number() }).optional().describe('What stands there'),
    })
    .optional(),
});

/** What an error looks like in the API. */
export const ErrorBody = Problem.extend({
  also: z.array(Problem).optional().describe('Further problems found in the same pass'),
}).meta({ id: 'Error' });

/** Parameters of lists. */
export const PAGE = { limit: 1000, most: 10_000 };

export function openApi(all: readonly Operation[] = operations): Json {
  const paths: Record<string, Json> = {};
  const schemas: Json = {};
  for (const one of all)
    (paths[PREFIX + templated(one.path)] ??= {})[one.method.toLowerCase()] = described(one, schemas);
  for (const one of streams) paths[PREFIX + templated(one.path)] = { get: describedStream(one, schemas) };
  schemaOf(ErrorBody, 'output', schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Slipway',
      version: manifest.version,
      description: manifest.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set([...all, ...streams].map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of slipway token add' },
      },
      schemas,
      responses: {
        Error: {
          description: 'Refused, or it failed',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  };
}

function describedStream(one: Stream, schemas: Json): Json {
  const { parameters, ...common } = described(
    { ...one, method: 'GET', output: z.string() } as unknown as Operation,
    schemas,
  );
  const schema = { type: 'string', description: 'Events with id, event and data (JSON)' };
  return {
    ...common,
    parameters: [...((parameters ?? []) as Json[]), LAST_EVENT],
    responses: {
      200: { description: 'Events as they happen', content: { 'text/event-stream': { schema } } },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const LAST_EVENT = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The last id that was seen: goes on after it',
  schema: { type: 'string' },
};

function described(one: Operation, schemas: Json): Json {
  const input = schemaOf(one.input, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const inPath = pathKeys(one.path);
  const rest = Object.entries(input.properties ?? {}).filter(([key]) => !inPath.includes(key));
  const required = new Set(input.required);
  const parameter =
    (place: 'path' | 'query') =>
    (key: string, { description, ...schema }: Json) => ({
      name: key,
      in: place,
      required: place === 'path' || required.has(key),
      ...(description !== undefined && { description }),
      schema,
    });
  const parameters = [
    ...inPath.map((key) => parameter('path')(key, input.properties?.[key] ?? {})),
    ...(hasBody(one) ? [] : rest.map(([key, schema]) => parameter('query')(key, schema))),
    ...(one.key ? pageParameters() : []),
    ...(one.etag && one.method !== 'GET' ? [IF_MATCH] : []),
  ];
  const body = {
    type: 'object',
    properties: Object.fromEntries(rest),
    required: [...required].filter((key) => !inPath.includes(key)),
    additionalProperties: false,
  };
  return {
    operationId: one.name,
    summary: one.summary,
    description: `Needs scope ${one.scope}.`,
    tags: [tagOf(one)],
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody(one) && {
      requestBody: { required: body.required.length > 0, content: { 'application/json': { schema: body } } },
    }),
    responses: {
      [one.status ?? 200]: {
        description: 'Done',
        ...(one.key && {
          headers: { Link: { description: 'rel="next": the next page', schema: { type: 'string' } } },
        }),
        content: { 'application/json': { schema: schemaOf(one.output, 'output', schemas) } },
      },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'ETag of the document that was read: refused with 412 if somebody has changed it since',
  schema: { type: 'string' },
};

function pageParameters(): Json[] {
  return [
    {
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Most items in one answer',
      schema: { type: 'integer', minimum: 1, maximum: PAGE.most, default: PAGE.limit },
    },
    {
      name: 'after',
      in: 'query',
      required: false,
      description: 'Where the page before ended: from its Link header',
      schema: { type: 'string' },
    },
  ];
}

/** The JSON Schema; parts that have an `id` go to `schemas`, and are referred to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  const {
    $schema: _,
    $defs,
    ...json
  } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  for (const [name, one] of Object.entries(($defs ?? {}) as Json)) schemas[name] = withoutId(one as Json);
  if (typeof json['id'] !== 'string') return json;
  schemas[json['id']] = withoutId(json);
  return { $ref: `#/components/schemas/${json['id']}` };
}

function withoutId(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'id'));
}

function templated(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

export function tagOf({ name }: Pick<Operation, 'name'>): string {
  return name.split('.')[0] ?? name;
}
