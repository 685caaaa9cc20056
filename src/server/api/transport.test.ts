import { chmodSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiServer, type ApiServer } from '../../../test/support/api-server.ts';
import { nodeList } from '../../operations/node/list.ts';
import { tokenList } from '../../operations/access/tokens.ts';
import { silent } from '../../system/events.ts';
import { callRemote } from '../../cli/remote/call.ts';
import { hexOf, remoteOf } from '../../cli/remote/server.ts';

let api: ApiServer;
beforeAll(async () => void (api = await apiServer()));
afterAll(() => api[Symbol.asyncDispose]());
const code = (value: string) => expect.objectContaining({ code: value }) as Error;
const options = { sink: silent };

describe('the socket', () => {
  test('is for root alone, and needs no token', async () => {
    expect(statSync(api.socket).mode & 0o777).toBe(0o600);
    const remote = remoteOf({ server: `unix:${api.socket}` }, {});
    if (!remote) throw new Error('no remote');
    expect((await callRemote(remote, tokenList, {}, options)).map((one) => one.name).toSorted()).toEqual([
      'admin',
      'operator',
      'reader',
    ]);
  });

  test('has the API and nothing else', async () => {
    const answer = await new Promise<{ status?: number; body: string }>((resolve, reject) => {
      const asked = request({ socketPath: api.socket, path: '/boot/start.ipxe' }, (reply) => {
        text(reply).then((body) => resolve({ status: reply.statusCode, body }), reject);
      });
      asked.on('error', reject).end();
    });
    expect(answer.status).toBe(404);
  });
});

describe('HTTPS', () => {
  const remote = (flags: object, env: object = {}) =>
    remoteOf({ server: api.https.url, ...flags }, { SLIPWAY_TOKEN: api.tokens.reader, ...env });
  const list = async (flags: object, env: object = {}) => {
    const found = remote(flags, env);
    if (!found) throw new Error('no remote');
    return await callRemote(found, nodeList, {}, options);
  };

  test('nothing is sent to a server whose certificate nobody vouches for', async () => {
    const before = api.server.events.length;
    await expect(list({})).rejects.toEqual(code('remote/untrusted'));
    await expect(list({})).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT/);
    await expect(list({ fingerprint: '0'.repeat(64) })).rejects.toEqual(code('remote/wrong-fingerprint'));
    const asked = api.server.events
      .slice(before)
      .filter((event) => event.event === 'serve' && event.kind === 'request');
    expect(asked).toEqual([]);
  });

  test('a fingerprint, or the certificate itself, is trust', async () => {
    const { fingerprint } = api.https;
    for (const text of [fingerprint, fingerprint.toLowerCase(), `sha256:${hexOf(fingerprint)}`])
      expect(await list({ fingerprint: text })).toEqual([]);
    expect(await list({}, { SLIPWAY_FINGERPRINT: fingerprint })).toEqual([]);
    const cacert = join(api.here.installation.paths.keys, 'tls.crt');
    expect(await list({ cacert })).toEqual([]);
    // It is vouched for, but it is the certificate of another name.
    const { port } = new URL(api.https.url);
    await expect(list({ cacert, server: `https://127.0.0.2:${port}` })).rejects.toEqual(
      code('remote/unreachable'),
    );
  });

  test('the key stays in its file', () => {
    const { keys } = api.here.installation.paths;
    expect([statSync(keys).mode & 0o777, statSync(join(keys, 'tls.key')).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    expect(JSON.stringify(api.server.events)).not.toContain(
      readFileSync(join(keys, 'tls.key'), 'utf8').split('\n')[1],
    );
  });
});

describe('what the command line sends to whom', () => {
  const env = { SLIPWAY_TOKEN: 'x' };
  test('no token over plain HTTP to another host, unless it is said', () => {
    for (const server of [
      'http://192.0.2.1',
      'http://example.org:8080',
      'http://127.0.0.1.evil.example',
      'http://[fd00::1]:80',
    ])
      expect(() => remoteOf({ server }, env), server).toThrow(code('remote/plain-http'));
    expect(remoteOf({ server: 'http://192.0.2.1' }, { ...env, SLIPWAY_INSECURE: '1' })?.token).toBe('x');
    for (const server of ['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:8080'])
      expect(remoteOf({ server }, env)?.token).toBe('x');
  });

  test('addresses that are none', () => {
    for (const server of [
      'example.org',
      'ftp://x',
      'https://user:pw@x',
      'https://x/path',
      'https://x?y',
      'unix:relative',
    ])
      expect(() => remoteOf({ server }, env), server).toThrow(code('remote/bad-server'));
    expect([remoteOf({}, env), remoteOf({}, { SLIPWAY_SERVER: '' })]).toEqual([undefined, undefined]);
  });

  test('a token file that others can read is not used', async () => {
    const { mkdtempSync, mkdirSync, writeFileSync, rmSync } = await import('node:fs');
    const home = mkdtempSync('/tmp/slipway-home-');
    const file = join(home, '.config/slipway/token');
    mkdirSync(join(home, '.config/slipway'), { recursive: true });
    const ask = () => remoteOf({ server: 'https://x' }, { HOME: home });
    expect(ask).toThrow(code('remote/no-token'));
    writeFileSync(file, 'tok\n', { mode: 0o600 });
    expect(ask()?.token).toBe('tok');
    for (const mode of [0o640, 0o604]) {
      chmodSync(file, mode);
      expect(ask).toThrow(code('remote/token-file'));
    }
    rmSync(home, { recursive: true });
  });
});

test('tokens are refused on plain HTTP from other hosts, before they are looked at', async () => {
  const { Guard } = await import('./guard.ts');
  const { Verifier } = await import('../../access/verifier.ts');
  const verifier = new Verifier(api.here.database.db);
  const raw = (remoteAddress: string, authorization: string) =>
    ({ socket: { remoteAddress }, headers: { authorization } }) as never;
  const guard = new Guard({ verifier, insecure: false });
  const bearer = `Bearer ${api.tokens.admin}`;
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', 'fd00::1', '10.0.0.127'])
    await expect(guard.identify(raw(address, bearer)), address).rejects.toEqual(code('access/plain-http'));
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1'])
    expect((await guard.identify(raw(address, bearer))).scope).toBe('admin');
  const open = new Guard({ verifier, insecure: true });
  expect((await open.identify(raw('192.0.2.7', bearer))).scope).toBe('admin');
});
