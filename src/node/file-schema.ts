/** Files of nodes: as they are kept, written and sent. */
import { z } from 'zod';
import { nameSchema, text } from './fields.ts';

const owner = z.string().regex(/^(\d{1,9}|[a-z_][a-z0-9_-]{0,31}\$?)$/, 'must be a name or a number');

/** What can be said of a file, but for the content itself. */
const fileFields = {
  builtin: nameSchema.optional().describe('Content that Slipway makes itself, such as hosts'),
  secret: nameSchema.optional().describe('Name of the secret that is the content'),
  link: text(1000).min(1).optional().describe('Makes it a symbolic link to this'),
  absent: z.literal(true).optional().describe('Removes what the image has there'),
  template: z.boolean().optional().describe('The content is a template; default: false'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, 'must be an octal mode such as 0644')
    .optional()
    .describe('Permissions; default: 0644, of secrets 0600'),
  owner: owner.optional().describe('User; default: root'),
  group: owner.optional().describe('Group; default: root'),
  refresh: z.boolean().optional().describe('Running nodes fetch it again when it changed'),
  run: text(1000).optional().describe('Command that a running node runs after a refresh changed it'),
};
const KINDS = ['builtin', 'secret', 'link', 'absent'] as const;

function oneOf<T extends string>(kinds: readonly T[]) {
  const message = `needs exactly one of ${kinds.join(', ')}`;
  return [
    (file: Partial<Record<T, unknown>>) => kinds.filter((kind) => file[kind] !== undefined).length === 1,
    { message },
  ] as const;
}

/** What is kept of a file. `content` is a digest of file_content. */
export const FileSchema = z
  .strictObject({
    content: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .optional()
      .describe('Digest of the content'),
    ...fileFields,
  })
  .refine(...oneOf(['content', ...KINDS]))
  .describe('A file of the node');
export type FileSpec = z.infer<typeof FileSchema>;

/** The same as a user writes it: with the content, or where that is. */
export const WrittenFileSchema = z
  .strictObject({
    content: z.string().optional().describe('The content as text'),
    base64: z.base64().optional().describe('The content, base64'),
    source: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('File with the content, relative to the directory of the cluster file and in it'),
    ...fileFields,
  })
  .refine(...oneOf(['content', 'base64', 'source', ...KINDS]))
  .describe('A file of the node');

/** The same as it is sent to a server: no file is named that the server would read. */
export const SentFileSchema = z
  .strictObject({
    content: z.string().optional().describe('The content as text'),
    base64: z.base64().optional().describe('The content, base64'),
    ...fileFields,
  })
  .refine(...oneOf(['content', 'base64', ...KINDS]))
  .describe('A file of the node');

/** Absolute, normal, and no place that the boot itself needs. */
export const FilePathSchema = z
  .string()
  .max(1000)
  .regex(/^(\/[^/\p{Cc}]+)+$/u, 'must be an absolute path without // and without / at the end')
  .refine(
    (path) => !path.split('/').some((part) => part === '.' || part === '..'),
    'must not have . or .. in it',
  )
  .refine((path) => !/^\/(proc|sys|dev|run\/slipway)(\/|$)/.test(path), 'is no place for files of a node');
