import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootServer, type RunningServer } from '../../test/support/boot-server.ts';
import { publishNoise } from '../../test/support/image.ts';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { setBoot, showBoot } from '../node/assignment.ts';
import { addNodes } from '../node/registry.ts';
import { Catalog } from '../image/catalog.ts';
import { writePublication } from '../image/publications.ts';
import type { Generation } from '../image/types.ts';
import { run } from '../system/process.ts';

const SIZE = 3_000_000;
const mac = '52:54:00:00:00:01';
let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let server: RunningServer;
let catalog: Catalog;
let generation: Generation;
let layer: Buffer;
let hex: string;

beforeAll(async () => {
  here = await temporaryInstallation();
  const { installation, database } = here;
  ({ generation, layer } = await publishNoise(installation.paths, 'compute', SIZE));
  hex = createHash('sha256').update(layer).digest('hex');
  catalog = await Catalog.open(installation.paths);
  await addNodes(database.db, 'n1', { macs: [mac] });
  await setBoot(database.db, catalog, 'n1', { image: 'compute' });
  server = await bootServer(installation, { checks: ['true'] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);
const blob = (headers: Record<string, string> = {}, method = 'GET') =>
  get(`/blobs/sha256/${hex}`, { headers, method });

/** Sends bytes as they are and returns all that comes back. */
async function raw(text: string | Buffer, milliseconds = 5000): Promise<string> {
  const socket = connect(server.port, server.host);
  const timer = setTimeout(() => socket.destroy(), milliseconds);
  socket.on('error', () => {});
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
  clearTimeout(timer);
  return answer;
}

describe('blobs', () => {
  test('whole, with everything a client may rely on', async () => {
    const answer = await blob();
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(layer)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: `"sha256:${hex}"`,
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'application/octet-stream',
    });
  });

  test('HEAD: the same without a body', async () => {
    const answer = await blob({ range: 'bytes=0-9' }, 'HEAD');
    expect([
      answer.status,
      answer.headers.get('content-length'),
      (await answer.arrayBuffer()).byteLength,
    ]).toEqual([200, String(SIZE), 0]);
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=1000000-', 1_000_000, SIZE],
    ['bytes=524287-524289', 524_287, 524_290],
    ['bytes=-5', SIZE - 5, SIZE],
  ])('%s', async (range, start, end) => {
    const answer = await blob({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${SIZE}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start));
    expect(Buffer.from(await answer.arrayBuffer()).equals(layer.subarray(start, end))).toBe(true);
  });

  test('what cannot be satisfied, and conditions', async () => {
    const over = await blob({ range: `bytes=${SIZE}-` });
    expect([over.status, over.headers.get('content-range')]).toEqual([416, `bytes */${SIZE}`]);
    expect((await blob({ 'if-none-match': `"sha256:${hex}"` })).status).toBe(304);
    const range = 'bytes=0-9';
    expect((await blob({ range, 'if-range': `"sha256:${hex}"` })).status).toBe(206);
    for (const other of ['"other"', `W/"sha256:${hex}"`, new Date().toUTCString()]) {
      const answer = await blob({ range, 'if-range': other });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  });

  test('only what a generation consists of, and only what a node needs', async () => {
    const orphan = await catalog.putBlob('orphan');
    const { manifest } = await catalog.resolve('compute');
    for (const digest of [
      orphan.digest,
      generation.digest,
      manifest.config.digest,
      `sha256:${'0'.repeat(64)}`,
    ])
      expect((await get(`/blobs/sha256/${digest.slice(7)}`)).status).toBe(404);
    for (const part of manifest.layers)
      expect((await get(`/blobs/sha256/${part.digest.slice(7)}`, { method: 'HEAD' })).status).toBe(200);
    const next = await publishNoise(here.installation.paths, 'later', 50);
    const late = createHash('sha256').update(next.layer).digest('hex');
    expect((await get(`/blobs/sha256/${late}`)).status).toBe(200);
  });

  test('a real curl goes on where it stopped', async () => {
    const file = `${here.installation.paths.root}/download`;
    const url = `${server.url}/blobs/sha256/${hex}`;
    await run(['curl', '-sf', '-r', '0-999999', '-o', file, url]);
    await run(['curl', '-sf', '-C', '-', '-o', file, url]);
    expect((await run(['sha256sum', file])).stdout.slice(0, 64)).toBe(hex);
  });
});

describe('a boot', () => {
  const field = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? '';

  test('from the first script to ready, as a node does it', async () => {
    const start = await (await get('/boot/start.ipxe')).text();
    expect(start).toContain(`chain --replace --autofree ${server.url}/boot/node.ipxe?mac=`);
    const script = await (await get(`/boot/node.ipxe?mac=${mac}&uuid=x&platform=pcbios&arch=i386`)).text();
    const session = field(script, /session=([0-9a-f]{32})/);
    const blobs = script.match(/http:\S+\/blobs\/\S+/g) ?? [];
    expect(blobs).toHaveLength(2);
    for (const url of blobs) expect((await fetch(url)).status).toBe(200);

    const cpio = await get(`/boot/session/${session}/node.cpio`);
    const archive = Buffer.from(await cpio.arrayBuffer());
    expect(cpio.headers.get('content-length')).toBe(String(archive.length));
    expect((await get(`/boot/session/${session}/node.cpio`)).status).toBe(410);
    const unpack = async (name: string) =>
      (await run(['cpio', '-i', '--quiet', '--to-stdout', name], { input: archive })).stdout;
    const conf = await unpack('etc/slipway/node.conf');
    expect(conf).toMatch(/^node n1\nhostname n1\nmachine-id [0-9a-f]{32}\nsession /);
    expect(conf).toContain(
      `\nserver ${server.url}\nreport ${server.url}/boot/report\nimage ${generation.digest}\n`,
    );
    expect(conf).toMatch(/\nmode ram\noverlay tmpfs 50%\nattempts 8\n$/);
    expect(await unpack('etc/slipway/checks/01')).toBe('true');

    const { root } = here.installation.paths;
    const fetched = [
      '-sf',
      '-o',
      `${root}/m`,
      `${server.url}/boot/manifest/${generation.digest}`,
      '-o',
      `${root}/m.sig`,
    ];
    await run(['curl', ...fetched, `${server.url}/boot/manifest/${generation.digest}.sig`]);
    await run(['sh', '-c', 'cat > "$0"', `${root}/trusted.pem`], {
      input: await unpack('etc/slipway/trusted.pem'),
    });
    await run([
      'openssl',
      'dgst',
      '-sha256',
      '-verify',
      `${root}/trusted.pem`,
      '-signature',
      `${root}/m.sig`,
      `${root}/m`,
    ]);
    expect((await run(['cat', `${root}/m`])).stdout).toContain(`layer squashfs sha256:${hex} ${SIZE}\nend\n`);

    const token = field(conf, /^token (.*)$/m);
    const report = (stage: string, bearer = token) =>
      run([
        'curl',
        '-s',
        '-w',
        '%{http_code}',
        '-H',
        `Authorization: Bearer ${bearer}`,
        '--data',
        `session=${session}`,
        '--data',
        `stage=${stage}`,
        '--data',
        'uptime=3.50',
        '--data-urlencode',
        'detail=a b',
        `${server.url}/boot/report`,
      ]);
    expect((await report('initramfs')).stdout).toBe('204');
    expect((await report('ready')).stdout).toBe('204');
    expect((await report('ready', 'x')).stdout).toContain('401');
    expect((await report('nothing')).stdout).toContain('400');
    const boot = async () => (await showBoot(here.database.db, catalog, 'n1')).last;
    // What the server saw by itself is written a moment later.
    await expect.poll(async () => (await boot())?.stages.length).toBe(6);
    expect(await boot()).toMatchObject({
      state: 'ready',
      stages: [
        { name: 'ipxe' },
        { name: 'kernel', bytes: 300 },
        { name: 'initrd', bytes: 400 },
        { name: 'loaded' },
        { name: 'initramfs', uptime: 3.5, detail: 'a b' },
        { name: 'ready' },
      ],
    });
    const told = server.events.flatMap((event) =>
      event.event === 'serve' && event.kind === 'boot' ? event.fields?.['stage'] : [],
    );
    expect(told).toEqual(['ipxe', 'loaded', 'initramfs', 'ready']);
    expect(JSON.stringify(server.events)).not.toContain(token);

    await get(`/boot/node.ipxe?mac=${mac}`);
    expect((await report('ready')).stdout).toContain('410');
  });

  test('sessions that never were, and reports that are none', async () => {
    expect((await get(`/boot/session/${'0'.repeat(32)}/node.cpio`)).status).toBe(404);
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      get('/boot/report', {
        method: 'POST',
        body,
        headers: { 'content-type': type, authorization: 'Bearer x' },
      });
    expect((await post(`session=${'0'.repeat(32)}&stage=ready`)).status).toBe(404);
    expect((await post('')).status).toBe(400);
    expect((await post('{}', 'application/json')).status).toBe(415);
    expect((await post(`stage=ready&detail=${'x'.repeat(20_000)}`)).status).toBe(413);
    expect((await get('/boot/node.ipxe?mac=zz')).status).toBe(400);
    expect((await get('/boot/node.ipxe')).status).toBe(400);
  });

  test('a Host header that is none does not get into a script', async () => {
    const answer = await raw(
      `GET /boot/start.ipxe HTTP/1.1\r\nHost: evil\${net0/mac}/\t|| shell\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain(`chain --replace --autofree ${server.url}/boot/node.ipxe`);
    expect(answer).not.toContain('evil');
    const real = await raw(
      `GET /boot/start.ipxe HTTP/1.1\r\nHost: boot.example:81\r\nConnection: close\r\n\r\n`,
    );
    expect(real).toContain('chain --replace --autofree http://boot.example:81/boot/node.ipxe');
  });
});

test('what is private of a tree goes only to the node that was told of it, with its token', async () => {
  const { installation, database } = here;
  const part = await catalog.putBlob('secret of all nodes');
  const publication = {
    mode: 'readonly',
    image: generation.digest,
    created: '',
    key: 'k',
    blobs: { private: part },
    options: { bytes: 1, private: 'squashfs', files: 1 },
  };
  await writePublication(installation.paths, publication);
  await addNodes(database.db, 'n2', { macs: ['52:54:00:00:00:02'] });
  await setBoot(database.db, catalog, 'n2', { image: 'compute', mode: 'readonly' });
  const boot = async () => {
    const script = await (await get('/boot/node.ipxe?mac=52:54:00:00:00:02')).text();
    const session = /session=([0-9a-f]{32})/.exec(script)?.[1] ?? '';
    const archive = Buffer.from(await (await get(`/boot/session/${session}/node.cpio`)).arrayBuffer());
    const name = 'etc/slipway/node.conf';
    const { stdout } = await run(['cpio', '-i', '--quiet', '--to-stdout', name], { input: archive });
    return { session, conf: stdout, token: /^token (.*)$/m.exec(stdout)?.[1] ?? '' };
  };
  const { session, conf, token } = await boot();
  const hex = part.digest.slice(7);
  expect(conf).toContain(`\nprivate squashfs ${hex} 19\n`);
  const path = `/boot/private/${session}/${hex}`;
  const ask = (bearer: string, url = path, more = {}) =>
    get(url, { headers: { authorization: `Bearer ${bearer}`, ...more } });
  const whole = await ask(token);
  expect([whole.status, whole.headers.get('cache-control'), await whole.text()]).toEqual([
    200,
    'no-store',
    'secret of all nodes',
  ]);
  const rest = await ask(token, path, { range: 'bytes=7-' });
  expect([rest.status, await rest.text()]).toEqual([206, 'of all nodes']);
  for (const url of [
    `/blobs/sha256/${hex}`,
    `/boot/private/${session}/${'0'.repeat(64)}`,
    `/boot/private/${session}/x`,
  ])
    expect((await ask(token, url)).status).toBe(404);
  expect((await ask(token, `/boot/private/${session}/${generation.digest.slice(7)}`)).status).toBe(404);
  expect((await get(path)).status).toBe(401);
  expect((await ask('x')).status).toBe(401);
  expect((await ask(token, `/boot/private/${'0'.repeat(32)}/${hex}`)).status).toBe(404);
  const other = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--interface', '127.0.0.2'];
  const elsewhere = await run([...other, '-H', `Authorization: Bearer ${token}`, `${server.url}${path}`]);
  expect(elsewhere.stdout).toBe('403');
  // Who is on the way goes on; who boots later gets what is published then.
  await writePublication(installation.paths, { ...publication, blobs: {} });
  expect(await (await ask(token)).text()).toBe('secret of all nodes');
  const next = await boot();
  expect(next.conf).not.toContain('private');
  expect((await ask(token)).status).toBe(410);
  expect((await ask(next.token, `/boot/private/${next.session}/${hex}`)).status).toBe(404);
  expect(JSON.stringify(server.events)).not.toContain(token);
});

test('healthz', async () => {
  expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' });
});

describe('strangers', () => {
  const prefixes = [
    '/',
    '/blobs/',
    '/blobs/sha256/',
    '/boot/',
    '/boot/session/',
    '/boot/manifest/',
    '/boot/firmware/',
  ];
  const climbs = [
    '../../../../../../etc/passwd',
    '....//....//....//etc/passwd',
    '..\\..\\..\\..\\etc\\passwd',
    '%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%5c..%5cetc%5cpasswd',
    '%252e%252e%252fetc%252fpasswd',
    '..%00/etc/passwd',
    `%00`,
    '..%c0%af..%c0%afetc/passwd',
    '/etc/passwd',
    '//etc/passwd',
    'keys/manifest.key',
    '../keys/manifest.key',
    'sha256:../../keys/manifest.key',
    `${'0'.repeat(63)}/`,
    'x'.repeat(5000),
  ];

  test.each(prefixes)('climb out of %s and get nothing', async (prefix) => {
    for (const climb of climbs)
      for (const form of [
        `${prefix}${climb}`,
        `http://${server.host}${prefix}${climb}`,
        `file://${prefix}${climb}`,
      ]) {
        const answer = await raw(`GET ${form} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        expect(answer.slice(0, 13), form).toMatch(/^HTTP\/1\.1 (400|404|414)/);
        expect(answer).not.toMatch(/root:|PRIVATE KEY/);
      }
  });

  test('a literal NUL and other broken requests are refused', async () => {
    for (const text of [
      'GET /\0 HTTP/1.1\r\n\r\n',
      'GET\r\n\r\n',
      '\0\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x',
    ])
      expect(await raw(text)).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
  });

  test('10,000 pieces of garbage later it answers as before', async () => {
    const piece = () => {
      const line = randomBytes(1 + Math.floor(Math.random() * 60));
      switch (Math.floor(Math.random() * 4)) {
        case 0:
          return line;
        case 1:
          return Buffer.concat([Buffer.from('GET /'), line, Buffer.from(' HTTP/1.1\r\n\r\n')]);
        case 2:
          return Buffer.from(
            `GET /boot/node.ipxe?mac=${encodeURIComponent(line.toString('latin1'))}&mac=1&__proto__=x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
          );
        default:
          return Buffer.from(
            `POST /boot/report HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${line.length}\r\n\r\n${line.toString('latin1')}`,
            'latin1',
          );
      }
    };
    const send = (bytes: Buffer) =>
      new Promise<void>((resolve) => {
        const socket = connect(server.port, server.host);
        socket.on('error', () => {});
        socket.on('close', () => resolve());
        socket.resume();
        socket.end(bytes);
      });
    for (let round = 0; round < 100; round++)
      await Promise.all(Array.from({ length: 100 }, () => send(piece())));
    expect((await get('/healthz')).status).toBe(200);
    expect((await blob({ range: 'bytes=0-9' })).status).toBe(206);
    const inside = server.events.filter((event) => event.event === 'notice');
    expect(inside).toEqual([]);
  }, 120_000);
});
