import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { SlipwayError } from '../system/errors.ts';
import { readAudit, summarize, trimAudit, writeAudit } from './audit.ts';
import { serverCertificate } from './certificate.ts';
import { Limiter } from './limiter.ts';
import { addToken, expiryOf, listTokens, parseToken, removeToken, secretFits } from './tokens.ts';
import { Verifier } from './verifier.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
beforeAll(async () => void (here = await temporaryInstallation()));
afterAll(() => here[Symbol.asyncDispose]());
const code = (code: string) => expect.objectContaining({ code });

describe('tokens', () => {
  test('have 256 random bits, of which only a hash is kept', async () => {
    const { db } = here.database;
    const [a, b] = [await addToken(db, 'a', 'reader', null), await addToken(db, 'a', 'reader', null)];
    const [one, other] = [parseToken(a.token), parseToken(b.token)];
    expect(Buffer.from(one?.secret ?? '', 'base64url')).toHaveLength(32);
    expect(one?.secret).not.toBe(other?.secret);
    const row = await db.selectFrom('token').selectAll().where('id', '=', a.id).executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(one?.secret);
    expect(row.hash).toMatch(/^scrypt\$16384\$8\$1\$/);
    expect(await secretFits(one?.secret ?? '', row.hash)).toBe(true);
    expect(await secretFits(other?.secret ?? '', row.hash)).toBe(false);
    expect(JSON.stringify(await listTokens(db))).not.toMatch(/scrypt|secret/);
  });

  test('are removed by id, or by a name that only one has', async () => {
    const { db } = here.database;
    const [a, b] = [await addToken(db, 'twin', 'reader', null), await addToken(db, 'twin', 'reader', null)];
    await expect(removeToken(db, 'twin')).rejects.toEqual(code('access/several-tokens'));
    expect((await removeToken(db, a.id)).id).toBe(a.id);
    expect((await removeToken(db, 'twin')).id).toBe(b.id);
    await expect(removeToken(db, 'twin')).rejects.toEqual(code('access/unknown-token'));
  });

  test('durations', () => {
    expect(expiryOf('never')).toBeNull();
    expect(expiryOf('90m', 0)).toBe(5_400_000);
    expect(expiryOf('2w', 0)).toBe(14 * 86_400_000);
    for (const wrong of ['', '0d', '-1d', '1', '1s', '11y', '99999999d', '1d ', 'd', 'Never', '1e3d'])
      expect(() => expiryOf(wrong), wrong).toThrow(code('access/bad-duration'));
  });

  test('only what was made is good, and only as long as it is there and lives', async () => {
    const { db } = here.database;
    const verifier = new Verifier(db);
    const made = await addToken(db, 'x', 'operator', 1_000_000, 0);
    const wrong = code('access/wrong-token');
    for (let i = 0; i < 2; i++)
      expect(await verifier.verify(made.token, { now: 500_000 })).toEqual({
        id: made.id,
        name: 'x',
        scope: 'operator',
      });
    const last = made.token.at(-1) === 'A' ? 'E' : 'A';
    await expect(verifier.verify(made.token.slice(0, -1) + last, { now: 500_000 })).rejects.toEqual(wrong);
    for (const text of [
      '',
      'slipway',
      `slipway_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      `${made.token}A`,
      `x${made.token}`,
    ])
      await expect(verifier.verify(text, { now: 500_000 }), text).rejects.toEqual(wrong);
    await expect(verifier.verify(made.token, { now: 1_000_000 })).rejects.toEqual(wrong);
    expect((await listTokens(db)).find((one) => one.id === made.id)?.used).toBe('1970-01-01T00:08:20.000Z');
    await removeToken(db, made.id);
    await expect(verifier.verify(made.token, { now: 500_000 })).rejects.toEqual(wrong);
  });

  test('of those who must be alone one is checked at a time; what is known good, and others, do not wait', async () => {
    const { db } = here.database;
    const verifier = new Verifier(db);
    const [known, fresh] = [await addToken(db, 'k', 'reader', null), await addToken(db, 'f', 'reader', null)];
    await verifier.verify(known.token);
    const wrong = fresh.token.replace(/.{43}$/, 'A'.repeat(43));
    const alone = { alone: '192.0.2.1' };
    const all = await Promise.allSettled([
      verifier.verify(wrong, alone),
      verifier.verify(wrong, alone),
      verifier.verify(known.token, alone),
      verifier.verify(fresh.token, { alone: '192.0.2.2' }),
    ]);
    expect(
      all.map((one) => (one.status === 'fulfilled' ? one.value.name : (one.reason as SlipwayError).code)),
    ).toEqual(['access/wrong-token', 'access/too-many', 'k', 'f']);
    expect(await verifier.verify(fresh.token, alone)).toMatchObject({ name: 'f' });
  });

  test('the same id with another hash is another token, whatever was remembered', async () => {
    const { db } = here.database;
    const verifier = new Verifier(db);
    const [a, b] = [await addToken(db, 'y', 'admin', null), await addToken(db, 'z', 'admin', null)];
    await verifier.verify(a.token);
    const row = await db.selectFrom('token').selectAll().where('id', '=', b.id).executeTakeFirstOrThrow();
    await db.updateTable('token').set({ hash: row.hash }).where('id', '=', a.id).execute();
    await expect(verifier.verify(a.token)).rejects.toEqual(code('access/wrong-token'));
  });
});

test('a limiter counts per key and window, for a bounded number of keys', () => {
  const limiter = new Limiter({ limit: 2, window: 1000, keys: 2 });
  expect([limiter.count('a', 0), limiter.wait('a', 0), limiter.count('a', 100)]).toEqual([1, 0, 2]);
  expect([limiter.wait('a', 200), limiter.wait('b', 200), limiter.wait('a', 1000)]).toEqual([1, 0, 0]);
  limiter.count('a', 2000);
  limiter.count('a', 2000);
  limiter.count('b', 2000);
  limiter.count('c', 2000);
  expect(limiter.wait('a', 2000)).toBe(0); // Forgotten for c.
});

describe('the audit log', () => {
  test('is bounded; refusals do not push changes out', async () => {
    const { db } = here.database;
    const entry = { who: 'w', client: 'c', operation: 'o', detail: '' };
    await writeAudit(db, { ...entry, status: 200 });
    for (let i = 0; i < 30; i++) await writeAudit(db, { ...entry, status: i % 2 ? 401 : 429 });
    for (let i = 0; i < 3; i++) await writeAudit(db, { ...entry, status: 409, detail: 'x'.repeat(5000) });
    await trimAudit(db, { changes: 3, refusals: 10 });
    const all = await readAudit(db, { limit: 100 });
    expect(all.filter((one) => one.status === 401 || one.status === 429)).toHaveLength(10);
    expect(all.filter((one) => one.status === 409)).toHaveLength(3);
    expect(all[0]?.detail).toHaveLength(2001);
    expect(await readAudit(db, { limit: 2, refused: true, before: all.at(-1)?.id })).toEqual([]);
    expect((await readAudit(db, { limit: 2, refused: false })).map((one) => one.status)).toEqual([409, 409]);
  });

  test('what is secret does not get into it', () => {
    const text = summarize({ name: 'x', value: 'S3CRET', password: 'S3CRET', deep: { apiToken: 'S3CRET' } }, [
      'value',
    ]);
    expect(text).toBe('{"name":"x","value":"…","password":"…","deep":{"apiToken":"…"}}');
    expect(summarize({ document: 'a'.repeat(1000) }).length).toBeLessThan(350);
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(summarize({ deep })).toContain('too deep');
  });
});

describe('the certificate', () => {
  test('is made once, for all names, with a key that only root reads; renewed in time and for new names', async () => {
    const { installation } = here;
    const first = await serverCertificate(installation, ['127.0.0.1', 'localhost']);
    expect(first.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const file = join(installation.paths.keys, 'tls.key');
    expect([statSync(file).mode & 0o777, statSync(installation.paths.keys).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    const again = await serverCertificate(installation, ['127.0.0.1']);
    expect(again.fingerprint).toBe(first.fingerprint);
    const more = await serverCertificate(installation, ['127.0.0.1', 'other.example', 'fd00::1']);
    expect([more.fingerprint === first.fingerprint, more.key === first.key]).toEqual([false, true]);
    const late = Date.now() + 380 * 86_400_000;
    expect((await serverCertificate(installation, ['127.0.0.1'], late)).fingerprint).not.toBe(
      more.fingerprint,
    );
  });

  test('a given one is taken as it is, with an error that names the file and not the key', async () => {
    const { paths, config } = here.installation;
    const files = { certificate: join(paths.keys, 'tls.crt'), key: join(paths.keys, 'tls.key') };
    const own = (tls: object) => ({
      paths,
      config: { ...config, serve: { ...config.serve, tls: { ...config.serve.tls, ...tls } } },
    });
    expect((await serverCertificate(own(files), ['nothing'])).selfMade).toBe(false);
    const swapped = own({ certificate: files.key, key: files.certificate });
    const absent = own({ ...files, key: '/nowhere.key' });
    await expect(serverCertificate(swapped, [])).rejects.toEqual(code('access/certificate'));
    await expect(serverCertificate(absent, [])).rejects.toThrow('/nowhere.key cannot be used: ENOENT');
  });
});
