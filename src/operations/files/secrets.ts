import { z } from 'zod';
import { siteSecret } from '../../boot/keys.ts';
import { generateSecret, listSecrets, removeSecret, SECRET_LIMIT, setSecret } from '../../files/secrets.ts';
import { Name, When } from '../fields.ts';
import { operation } from '../operation.ts';

const name = Name.describe('Name of the secret');
const Made = z.object({ name: z.string(), bytes: z.number() });

export const secretList = operation({
  name: 'secret.list',
  method: 'GET',
  path: '/secrets',
  scope: 'admin',
  summary: 'List secrets: their names, never their values',
  input: z.strictObject({}),
  output: z.array(z.object({ name: z.string(), bytes: z.number(), created: When, updated: When })),
  key: (secret) => secret.name,
  run: async ({ db }) => await listSecrets(db),
});

export const secretSet = operation({
  name: 'secret.set',
  method: 'PUT',
  path: '/secrets/:name',
  scope: 'admin',
  summary: 'Keep a secret; it is told to nobody but nodes',
  input: z.strictObject({
    name,
    value: z.base64().max(2 * SECRET_LIMIT),
  }),
  output: Made,
  bodyLimit: 2 * SECRET_LIMIT,
  secret: ['value'],
  async run({ db, installation, sink }, { name: one, value }) {
    const bytes = Buffer.from(value, 'base64');
    await setSecret(db, await siteSecret(installation.paths, { db, sink }), one, bytes);
    return { name: one, bytes: bytes.length };
  },
});

export const secretGenerate = operation({
  name: 'secret.generate',
  method: 'POST',
  path: '/secrets',
  scope: 'admin',
  summary: 'Make a secret of random bytes',
  input: z.strictObject({ name, bytes: z.int().min(16).max(SECRET_LIMIT).default(128) }),
  output: Made,
  status: 201,
  async run({ db, installation, sink }, { name: one, bytes }) {
    await generateSecret(db, await siteSecret(installation.paths, { db, sink }), one, bytes);
    return { name: one, bytes };
  },
});

export const secretRemove = operation({
  name: 'secret.remove',
  method: 'DELETE',
  path: '/secrets/:name',
  scope: 'admin',
  summary: 'Remove a secret that no file needs',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
  async run({ db }, { name: one }) {
    await removeSecret(db, one);
    return { name: one };
  },
});
