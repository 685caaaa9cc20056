import { z } from 'zod';
import { addToken, expiryOf, listTokens, removeToken } from '../../access/tokens.ts';
import { Name, When } from '../fields.ts';
import { operation, SCOPES } from '../operation.ts';

const Token = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  created: When,
  expires: When.optional(),
  used: When.optional().describe('Last use, to the minute'),
});

export const tokenAdd = operation({
  name: 'token.add',
  method: 'POST',
  path: '/tokens',
  scope: 'admin',
  summary: 'Make a token; the answer is the only place where it stands',
  input: z.strictObject({
    name: Name,
    scope: z.enum(SCOPES).default('reader'),
    expires: z.string().max(20).default('90d').describe('30d, 12h, 90m, or never'),
  }),
  output: Token.extend({ token: z.string() }),
  status: 201,
  run: async ({ db }, { name, scope, expires }) => await addToken(db, name, scope, expiryOf(expires)),
});

export const tokenList = operation({
  name: 'token.list',
  method: 'GET',
  path: '/tokens',
  scope: 'admin',
  summary: 'List tokens, without their secrets',
  input: z.strictObject({}),
  output: z.array(Token),
  key: (token) => token.id,
  run: async ({ db }) => await listTokens(db),
});

export const tokenRemove = operation({
  name: 'token.remove',
  method: 'DELETE',
  path: '/tokens/:id',
  scope: 'admin',
  summary: 'Remove a token: it is refused from now on',
  input: z.strictObject({ id: z.string().min(1).max(63).describe('Its id, or its name if no other has it') }),
  output: Token,
  run: async ({ db }, { id }) => await removeToken(db, id),
});
