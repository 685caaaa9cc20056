/** Whether the secret of the site is the one that nodes and secrets were made with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { knownSiteSecret } from '../boot/keys.ts';
import { unseal } from '../files/secrets.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Paths } from '../system/paths.ts';
import type { Check, State } from './types.ts';

/** Names in a message. */
const NAMED = 5;

/** Nothing where there is neither a secret nor anything that was made with one. */
export async function trySite(paths: Paths): Promise<Check[]> {
  const check = (state: State, detail: string, todo?: string): Check[] => [
    { id: 'site-secret', area: 'serve', title: 'secret of the site', state, detail, ...(todo !== undefined && { todo }) }, // prettier-ignore
  ];
  const file = join(paths.keys, 'site.secret');
  let site: Buffer | undefined;
  try {
    site = await knownSiteSecret(paths);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return check('no', `${error.message}: ${error.why}`, error.todo);
  }
  const { booted, secrets } = registered(paths.database);
  if (!site && !booted && secrets.length === 0) return [];
  if (!site) {
    const lost = secrets.length > 0 ? `, and ${count(secrets.length)} could not be read` : '';
    return check(
      'limited',
      `${file} is gone: the next one would give nodes other machine-ids and ssh host keys${lost}`,
      'Put it back from a backup before slipway serve runs: it makes a new one.',
    );
  }
  const locked = secrets.filter(({ name, value }) => !opens(site, name, value)).map(({ name }) => name);
  if (locked.length === 0)
    return check('ok', 'machine-ids, ssh host keys and secrets of nodes stay the same');
  const named = [...locked.slice(0, NAMED), ...(locked.length > NAMED ? ['…'] : [])].join(', ');
  return check(
    'limited',
    `${count(locked.length)} cannot be read with it: ${named}`,
    `Put the old ${file} back from a backup, or set them again: slipway secret set NAME`,
  );
}

const count = (secrets: number) => (secrets === 1 ? '1 secret' : `${secrets} secrets`);

function opens(site: Buffer, name: string, value: Uint8Array): boolean {
  try {
    unseal(site, name, value);
    return true;
  } catch {
    return false;
  }
}

/** Read as it is: doctor makes no registry and brings none up to date. */
function registered(database: string): { booted: boolean; secrets: { name: string; value: Uint8Array }[] } {
  const nothing = { booted: false, secrets: [] };
  if (!existsSync(database)) return nothing;
  try {
    using db = new DatabaseSync(database, { readOnly: true, timeout: 1000 });
    const booted = db.prepare('SELECT 1 FROM boot_session WHERE token_hash IS NOT NULL LIMIT 1').get();
    const secrets = db.prepare('SELECT name, value FROM secret ORDER BY name').all();
    return { booted: booted !== undefined, secrets: secrets as { name: string; value: Uint8Array }[] };
  } catch {
    // Unusable, or of another version: whoever opens it says so.
    return nothing;
  }
}
