/** Keys of a zod schema as documentation, by way of its JSON Schema. */
import { z } from 'zod';
import { terms, type Block } from './document.ts';

export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
}

export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** One entry a key: `name` (type; default), then its description. Objects are gone into, with dots. */
export function keys(schema: JsonSchema, prefix = ''): Block {
  return terms(rows(schema, prefix));
}

function rows(schema: JsonSchema, prefix: string): [string, string][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]): [string, string][] => {
    const path = `${prefix}${name}`;
    if (value.properties)
      return [[`\`${path}\``, value.description ? `${value.description}.` : ''], ...rows(value, `${path}.`)];
    const facts = [
      typeOf(value),
      ...(schema.required?.includes(name) && value.default === undefined ? ['required'] : []),
      ...(value.default === undefined ? [] : [`default \`${JSON.stringify(value.default)}\``]),
    ];
    return [
      [
        `\`${path}\``,
        [value.description ? `${value.description}.` : '', `(${facts.join('; ')})`].filter(Boolean).join(' '),
      ],
    ];
  });
}

/** The type in words: `text`, `whole number 1 to 22`, `list of text`, `one of a, b`. */
export function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}`;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  switch (schema.type) {
    case 'string':
      return schema.format === 'uri' ? 'URL' : schema.format === 'ipv4' ? 'IPv4 address' : 'text';
    case 'integer':
    case 'number': {
      const { minimum = -Number.MAX_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
      const limits =
        minimum > -Number.MAX_SAFE_INTEGER
          ? maximum < Number.MAX_SAFE_INTEGER
            ? ` ${minimum} to ${maximum}`
            : ` from ${minimum}`
          : '';
      return `${schema.type === 'integer' ? 'whole number' : 'number'}${limits}`;
    }
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return schema.items ? `list of ${typeOf(schema.items)}` : 'list';
    case 'object':
      return schema.properties
        ? `map with ${Object.keys(schema.properties)
            .map((key) => `\`${key}\``)
            .join(', ')}`
        : 'map';
    default:
      return 'any value';
  }
}
