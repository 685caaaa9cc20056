import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { archivePath, Mirror } from './mirror.ts';

afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});
const releases: (() => Promise<void>)[] = [];

/** An archive that counts, and a mirror of it. */
async function mirrored(answer: (path: string) => { status: number; body?: string }) {
  const asked: string[] = [];
  const upstream = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status, body = '' } = answer(request.url ?? '');
    response.writeHead(status).end(body);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const directory = await mkdtemp(join(tmpdir(), 'slipway-mirror-'));
  const open = async (dists: string) =>
    await Mirror.open({
      upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/debian`,
      pool: join(directory, 'kept'),
      dists: join(directory, dists),
      signal: AbortSignal.timeout(20_000),
    });
  releases.push(async () => {
    upstream.close();
    upstream.closeAllConnections();
    await rm(directory, { recursive: true });
  });
  return { asked, open };
}

test('packages come over the network once, lists once a run', async () => {
  const { asked, open } = await mirrored((path) => ({ status: 200, body: `content of ${path}` }));
  for (const [run, fetched] of [
    ['first', 2],
    ['second', 1],
  ] as const) {
    await using mirror = await open(run);
    for (const path of [
      'pool/main/a/a_1+b%7e1_all.deb',
      'dists/x/InRelease',
      'dists/x/InRelease',
      'pool/main/a/a_1+b~1_all.deb',
    ]) {
      const response = await fetch(`${mirror.url}/${path}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('content of /debian/');
    }
    expect(mirror.fetched).toBe(fetched);
  }
  expect(asked.filter((path) => path.includes('pool')).length).toBe(1);
});

test('what the archive does not have is not there; what has not changed is not sent', async () => {
  const { open } = await mirrored((path) =>
    path.endsWith('InRelease') ? { status: 200, body: 'x' } : { status: 404 },
  );
  await using mirror = await open('run');
  expect((await fetch(`${mirror.url}/dists/x/Release`)).status).toBe(404);
  const first = await fetch(`${mirror.url}/dists/x/InRelease`);
  const again = await fetch(`${mirror.url}/dists/x/InRelease`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });
  expect([first.status, again.status]).toEqual([200, 304]);
});

test('an archive that fails is asked again', async () => {
  let up = false;
  const { open } = await mirrored(() => (up ? { status: 200, body: 'x' } : { status: 503 }));
  await using mirror = await open('run');
  await expect(fetch(`${mirror.url}/dists/x/InRelease`)).rejects.toThrow();
  up = true;
  expect((await fetch(`${mirror.url}/dists/x/InRelease`)).status).toBe(200);
});

test('only paths of an archive are looked at', () => {
  expect(archivePath('/debian/pool/main/g/gcc-12/libgcc-s1_12.2.0-14%2bdeb12u1_amd64.deb')).toBe(
    'pool/main/g/gcc-12/libgcc-s1_12.2.0-14+deb12u1_amd64.deb',
  );
  for (const path of [
    '/etc/passwd',
    '/debian/',
    '/debian/pool/../../x',
    '/debian/pool/%2e%2e/x',
    '/debian/pool/a%2f..%2fb',
    '/debian/pool//x',
    '/debian/pool/a%00b',
    '/debian/pool/%',
    '/debian/dists/.x',
  ])
    expect(archivePath(path), path).toBeUndefined();
});
