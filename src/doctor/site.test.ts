import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { siteSecret } from '../boot/keys.ts';
import { setSecret } from '../files/secrets.ts';
import { trySite } from './site.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeEach(async () => void (here = await temporaryInstallation()));
afterEach(() => here[Symbol.asyncDispose]());

const secretFile = () => join(here.installation.paths.keys, 'site.secret');
const seen = async () =>
  (await trySite(here.installation.paths)).map(({ state, detail }) => `${state}: ${detail}`);

test('the secret of the site: nothing yet, good, gone, another one, cut off', async () => {
  const { paths } = here.installation;
  expect(await seen()).toEqual([]);
  await setSecret(here.database.db, await siteSecret(paths), 'munge', Buffer.from('key'));
  expect(await seen()).toEqual(['ok: machine-ids, ssh host keys and secrets of nodes stay the same']);
  rmSync(secretFile());
  expect(await seen()).toEqual([
    expect.stringMatching(/^limited: .*is gone.* and 1 secret could not be read$/),
  ]);
  await siteSecret(paths);
  expect(await seen()).toEqual(['limited: 1 secret cannot be read with it: munge']);
  writeFileSync(secretFile(), 'short');
  expect(await seen()).toEqual([expect.stringMatching(/^no: .*64 hexadecimal digits/)]);
});
