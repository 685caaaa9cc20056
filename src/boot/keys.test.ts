import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { setSecret } from '../files/secrets.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { run } from '../system/process.ts';
import { fakeImage } from './fixture.ts';
import { machineId, signingKey, siteSecret } from './keys.ts';
import { manifestText, signManifest } from './manifest.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeEach(async () => void (here = await temporaryInstallation()));
afterEach(() => here[Symbol.asyncDispose]());

test('keys are made once, also when several ask at the same time, and nobody else can read them', async () => {
  const { paths } = here.installation;
  const all = await Promise.all(Array.from({ length: 5 }, () => signingKey(paths)));
  expect(new Set(all.map((key) => key.publicPem)).size).toBe(1);
  const secrets = await Promise.all(Array.from({ length: 5 }, () => siteSecret(paths)));
  expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
  expect(secrets[0]).toHaveLength(32);
  expect(statSync(paths.keys).mode & 0o777).toBe(0o700);
  for (const name of ['manifest.key', 'site.secret'])
    expect(statSync(join(paths.keys, name)).mode & 0o777).toBe(0o600);
});

test('a key file that was cut off is refused, not taken for a key', async () => {
  const { paths } = here.installation;
  const whole = (await siteSecret(paths)).toString('hex');
  await signingKey(paths);
  for (const text of ['', 'short\n', whole.slice(0, 40), `${whole}00`]) {
    writeFileSync(join(paths.keys, 'site.secret'), text);
    await expect(siteSecret(paths)).rejects.toMatchObject({ code: 'boot/bad-key' });
  }
  writeFileSync(join(paths.keys, 'site.secret'), whole);
  expect((await siteSecret(paths)).toString('hex')).toBe(whole);
  writeFileSync(join(paths.keys, 'manifest.key'), '');
  await expect(signingKey(paths)).rejects.toMatchObject({ code: 'boot/bad-key' });
});

test('a secret that is made where one was in use before is told; the first one is not', async () => {
  const { paths } = here.installation;
  const { db } = here.database;
  const told: SlipwayEvent[] = [];
  const tell = { db, sink: (event: SlipwayEvent) => void told.push(event) };
  await setSecret(db, await siteSecret(paths, tell), 'munge', Buffer.from('key'));
  await siteSecret(paths, tell);
  expect(told).toEqual([]);
  rmSync(join(paths.keys, 'site.secret'));
  await siteSecret(paths, tell);
  await siteSecret(paths, tell);
  const message = expect.stringMatching(
    /site\.secret was gone.*secrets that were kept cannot be read/,
  ) as string;
  expect(told).toEqual([{ event: 'notice', level: 'warning', message }]);
});

test('openssl verifies the signature of a manifest, and refuses it for any other text', async () => {
  const {
    paths,
    paths: { root },
  } = here.installation;
  const key = await signingKey(paths);
  const text = manifestText(fakeImage());
  const [file, signature, pem] = ['m', 'm.sig', 'trusted.pem'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(signature, signManifest(text, key));
  writeFileSync(pem, key.publicPem);
  const verify = ['openssl', 'dgst', '-sha256', '-verify', pem, '-signature', signature, file];
  writeFileSync(file, text);
  expect((await run(verify)).stdout.trim()).toBe('Verified OK');
  writeFileSync(file, text.replace('1000', '1001'));
  await expect(run(verify)).rejects.toMatchObject({ code: 'process/failed' });
  expect(readFileSync(join(paths.keys, 'manifest.key'), 'utf8')).not.toContain(key.publicPem);
});

test('the manifest has the form that the protocol says', () => {
  expect(manifestText(fakeImage())).toBe(
    [
      'slipway-manifest 1',
      `image compute:7 sha256:${'7'.repeat(64)}`,
      `layer squashfs sha256:${'a'.repeat(64)} 1000`,
      `layer squashfs sha256:${'b'.repeat(64)} 200`,
      'end',
      '',
    ].join('\n'),
  );
});

test('a machine-id depends on node and site only', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(machineId(one, 'n1')).toBe(machineId(one, 'n1'));
  expect(machineId(one, 'n1')).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  expect(new Set([machineId(one, 'n1'), machineId(one, 'n2'), machineId(two, 'n1')]).size).toBe(3);
});
