/** HTTP status of each error. What is not here is 400 where the command line says "wrong usage", else 409 or 500. */
import type { SlipwayError } from '../system/errors.ts';

export const STATUS: Readonly<Record<string, number>> = {
  'access/no-token': 401,
  'access/wrong-token': 401,
  'access/scope': 403,
  'access/plain-http': 403,
  'access/too-many': 429,
  'access/unknown-token': 404,
  'access/several-tokens': 409,
  'api/no-route': 404,
  'api/stale-page': 410,
  'api/too-many-listeners': 503,
  'operation/server-only': 503,
  'api/bad-request': 400,
  'job/no-recipe': 404,
  'job/no-build': 404,
  'job/ended': 409,
  'job/full': 503,
  'cluster/changed-meanwhile': 412,
  'node/no-change': 404,
  'node/changed-since': 409,
  'file/not-a-file': 404,
  'file/not-set': 404,
  'file/secret-hidden': 403,
  'file/secret-exists': 409,
  'file/secret-in-use': 409,
  'file/unknown-secret': 404,
  'lock/held': 409,
  'node/unknown': 404,
  'node/exists': 409,
  'node/changed': 412,
  'node/no-preset': 404,
  'node/preset-exists': 409,
  'node/mac-taken': 409,
  'node/address-taken': 409,
  'node/preset-in-use': 409,
  'import/exists': 409,
  'import/taken': 409,
  'image/unknown': 404,
  'image/no-tag': 404,
  'image/no-previous': 404,
  'image/ambiguous': 409,
  'image/exists': 409,
  'image/in-use': 409,
  'image/registry-not-allowed': 403,
  'image/transfer': 502,
  'image/no-space': 507,
  'nfs/not-in-image': 404,
  'nfs/no-space': 507,
  'db/full': 507,
  'db/busy': 503,
};

/** Rooms whose failures mean that it cannot be done as things stand, not that the server is at fault. */
const AS_THINGS_STAND = new Set(['boot', 'cluster', 'file', 'nfs', 'node', 'nodeset', 'recipe', 'template']);

export function statusOf({ code, exit }: Pick<SlipwayError, 'code' | 'exit'>): number {
  const known = STATUS[code];
  if (known !== undefined) return known;
  if (exit === 2) return 400;
  return AS_THINGS_STAND.has(code.split('/')[0] ?? '') ? 409 : 500;
}
