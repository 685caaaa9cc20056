import { z } from 'zod';
import { PREFIX, hasBody, pathKeys } from '../../operations/http.ts';
import { operations } from '../../operations/index.ts';
import { PAGE, tagOf } from '../../operations/openapi.ts';
import type { Operation } from '../../operations/operation.ts';
import { streams, type Stream } from '../../operations/streams.ts';
import { heading, paragraph, terms, type Block } from './document.ts';
import { jsonSchema, keys, typeOf, type JsonSchema } from './schema.ts';

/** Every operation: method and path, who may, what it takes and answers. */
export function apiReference(): Block[] {
  const groups = Map.groupBy<string, Operation | Stream>([...operations, ...streams], tagOf);
  return [
    heading('The API'),
    paragraph(
      `Below \`${PREFIX}\`. \`GET ${PREFIX}/openapi.json\` is the same as OpenAPI 3.1, for programs, and needs no token. The guide \`docs/guide/api.md\` says how to begin.`,
    ),
    terms([
      ['`Authorization: Bearer TOKEN`', 'On every request but those of root by the socket.'],
      [
        'bodies',
        'JSON objects as `application/json`. What stands neither in the path nor in the body is in the query; lists there are given by repeating the key.',
      ],
      [
        'lists',
        `Come in pages of \`limit\` items (default ${PAGE.limit}, at most ${PAGE.most}); the header \`Link\` with \`rel="next"\` leads to the next one.`,
      ],
      [
        'documents',
        'Have an `ETag`. A change with `If-Match` is refused with 412 if somebody has changed the document since.',
      ],
      [
        'errors',
        'An object with `code`, `what`, `why`, `todo`, and where they are known `where` and `also`. 400 wrong input, 401 no valid token, 403 the token may not, 404 not there, 409 not as things stand, 412 changed meanwhile, 429 too often (see `Retry-After`), 500 a fault of the server.',
      ],
    ]),
    ...[...groups].flatMap(([name, all]) => [heading(name, 2), ...all.flatMap(entry)]),
  ];
}

function entry(one: Operation | Stream): Block[] {
  const method = 'method' in one ? one.method : 'GET';
  const path = `${PREFIX}${one.path.replace(/:(\w+)/g, '{$1}')}`;
  const input = jsonSchema(one.input);
  const places = pathKeys(one.path);
  const part = (inPath: boolean): JsonSchema => ({
    ...input,
    properties: Object.fromEntries(
      Object.entries(input.properties ?? {}).filter(([key]) => places.includes(key) === inPath),
    ),
  });
  const given = (title: string, schema: JsonSchema): Block[] =>
    Object.keys(schema.properties ?? {}).length === 0 ? [] : [paragraph(title), keys(schema)];
  return [
    heading(`${method} ${path}`, 3),
    paragraph(`${one.summary}. Operation \`${one.name}\`, scope \`${one.scope}\`.`),
    ...given('In the path:', part(true)),
    ...given(hasBody({ method }) ? 'In the body:' : 'In the query:', part(false)),
    ...('output' in one ? answer(one) : [paragraph('Answers with server-sent events.')]),
  ];
}

function answer(one: Operation): Block[] {
  const output = outputOf(one);
  const item = output.items ?? output;
  const what = output.items ? 'a list' : item.properties ? 'an object' : typeOf(output);
  const names = Object.keys(item.properties ?? {}).map((key) => `\`${key}\``);
  const status = one.status ?? 200;
  const page = one.key ? ', in pages' : '';
  const etag = one.etag ? ', with an `ETag`' : '';
  const text = `Answers ${status} with ${what}${page}${etag}`;
  return [paragraph(names.length > 0 ? `${text}: ${names.join(', ')}.` : `${text}.`)];
}

/** The schema of the answer, or of its items, itself instead of a reference to it. */
function outputOf(one: Operation): JsonSchema {
  type Schema = JsonSchema & { $ref?: string; $defs?: Record<string, JsonSchema> };
  const schema = z.toJSONSchema(one.output, { io: 'output', unrepresentable: 'any' }) as Schema;
  const follow = (here: Schema): JsonSchema =>
    schema.$defs?.[here.$ref?.replace('#/$defs/', '') ?? ''] ?? here;
  const found = follow(schema);
  return found.items ? { ...found, items: follow(found.items) } : found;
}
