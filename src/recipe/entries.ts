/** The entries of the steps `files` and `users`. */
import { z } from 'zod';
import { account, imagePath, imagePathOrRoot, mode, owner, passwdPath, passwordHash } from './fields.ts';

const to = imagePath.describe('Path in the image');
/** A tree may be laid over the whole image. */
const toTree = imagePathOrRoot.describe('Path in the image');
const rights = {
  mode: mode
    .optional()
    .describe(
      'Octal, in quotes; default: "0644", for directories "0755", for copies as the file beside the recipe',
    ),
  owner: owner.optional().describe('`user` or `user:group` of the image; default: root:root'),
};

export const FileEntry = z
  .union([
    z.strictObject({
      to: toTree,
      copy: z.string().min(1).describe('File or directory beside the recipe'),
      ...rights,
    }),
    z.strictObject({ to, content: z.string().describe('Text of the file, as it is'), ...rights }),
    z.strictObject({
      to,
      template: z
        .string()
        .min(1)
        .describe('LiquidJS template beside the recipe; sees the recipe’s variables'),
      ...rights,
    }),
    z.strictObject({
      to,
      link: z
        .string()
        .min(1)
        .max(4095)
        .regex(/^[^\0]*$/, 'must not contain NUL')
        .describe('Target of a symbolic link'),
    }),
    z.strictObject({
      to,
      directory: z.literal(true).describe('Make a directory, with its parents'),
      ...rights,
    }),
    z.strictObject({ remove: imagePath.describe('File or tree to remove') }),
    z
      .strictObject({ to, ...rights })
      .refine((entry) => entry.mode !== undefined || entry.owner !== undefined, {
        error:
          'needs one of copy, content, template, link, directory; or mode or owner of a file that is there',
      }),
  ])
  .meta({ title: 'entry of files' });

export const UserEntry = z.strictObject({
  name: account.describe('Login name; root, or one that exists, is changed'),
  uid: z.int().min(0).max(4_294_967_294).optional().describe('Number; default: the next free one'),
  group: account.optional().describe('Primary group; default: one of the same name'),
  groups: z.array(account).default([]).describe('Further groups; must exist'),
  system: z.boolean().default(false).describe('A system account: low number, no home directory made'),
  home: passwdPath.optional().describe('Home directory; default: /home/NAME'),
  shell: passwdPath
    .optional()
    .describe('Login shell; default: /bin/bash, for system accounts /usr/sbin/nologin'),
  password: z
    .union([
      passwordHash,
      z.strictObject({ prompt: z.literal(true).describe('Ask at build time') }),
      z.strictObject({
        file: z.string().min(1).describe('File beside the recipe, mode 0600, with a hash or a password'),
      }),
    ])
    .optional()
    .describe(
      'crypt(5) hash; or `{prompt: true}` to be asked; or `{file: F}` with a hash or a clear password, hashed at once',
    ),
  locked: z.boolean().default(false).describe('No login by password'),
  ssh_keys: z
    .array(z.string().min(1))
    .default([])
    .describe('Public keys, or files beside the recipe that hold them'),
  sudo: z.boolean().default(false).describe('May run everything by sudo without a password'),
});

export type FileEntry = z.output<typeof FileEntry>;
export type UserEntry = z.output<typeof UserEntry>;
