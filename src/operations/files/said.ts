/** What nodes, groups and profiles say themselves of files. */
import { z } from 'zod';
import { CONTENT_LIMIT } from '../../files/contents.ts';
import { saidFiles, sayFile, type GivenFile, type Owner } from '../../files/edit.ts';
import { FileSchema, SentFileSchema } from '../../node/file-schema.ts';
import { Name, Nodes } from '../fields.ts';
import { operation } from '../operation.ts';

const whose = {
  nodes: Nodes.optional(),
  group: Name.optional().describe('The group whose nodes have it'),
  profile: Name.optional().describe('The profile whose nodes have it'),
};
type Whose = { [K in keyof typeof whose]?: string };

const one = [
  ({ nodes, group, profile }: Whose) =>
    [nodes, group, profile].filter((given) => given !== undefined).length === 1,
  { message: 'needs exactly one of nodes, group, profile' },
] as const;

const path = z.string().min(1).max(1000).describe('Absolute path on the node');
const Spec = z.object(FileSchema.shape).nullable().describe('Null: the path stays as the image has it');
const Said = z.object({
  owner: z.object({
    nodes: z.string().optional(),
    group: z.string().optional(),
    profile: z.string().optional(),
  }),
  path: z.string(),
  file: Spec.optional(),
});

export const fileList = operation({
  name: 'file.list',
  method: 'GET',
  path: '/files',
  scope: 'reader',
  summary: 'List the files that a node, group or profile gives itself',
  input: z.strictObject(whose).refine(...one),
  output: z.record(z.string(), Spec),
  run: async ({ db }, given) => await saidFiles(db, ownerOf(given)),
});

export const fileSet = operation({
  name: 'file.set',
  method: 'PUT',
  path: '/files',
  scope: 'operator',
  summary: 'Give nodes, or those of a group or profile, a file',
  input: z
    .strictObject({
      ...whose,
      path,
      file: SentFileSchema.nullable().describe('Null: nodes do not get what groups and profiles say of it'),
    })
    .refine(...one),
  output: Said,
  // Of base64, with some space around it.
  bodyLimit: CONTENT_LIMIT * 1.5,
  // They may be passwords.
  secret: ['content', 'base64'],
  async run({ db, actor }, { path: where, file, ...given }) {
    const owner = ownerOf(given);
    await sayFile(db, owner, where, file && givenFile(file), actor);
    return { owner, path: where, file: (await saidFiles(db, owner))[where] };
  },
});

export const fileRemove = operation({
  name: 'file.remove',
  method: 'DELETE',
  path: '/files',
  scope: 'operator',
  summary: 'Say nothing any more of a file',
  input: z.strictObject({ ...whose, path }).refine(...one),
  output: Said,
  async run({ db, actor }, { path: where, ...given }) {
    const owner = ownerOf(given);
    await sayFile(db, owner, where, undefined, actor);
    return { owner, path: where };
  },
});

function ownerOf({ nodes, group, profile = '' }: Whose): Owner {
  if (nodes !== undefined) return { nodes };
  return group === undefined ? { profile } : { group };
}

function givenFile({ content, base64, ...rest }: z.output<typeof SentFileSchema>): GivenFile {
  if (base64 !== undefined) return { ...rest, content: Buffer.from(base64, 'base64') };
  return content === undefined ? rest : { ...rest, content: Buffer.from(content) };
}
