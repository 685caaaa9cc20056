import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiServer, type ApiServer } from '../../../test/support/api-server.ts';
import { publishNoise } from '../../../test/support/image.ts';
import { allErrors } from '../../cli/all-errors.ts';
import { addNodes } from '../../node/registry.ts';
import { operations } from '../../operations/index.ts';
import { mutates, SCOPES } from '../../operations/operation.ts';
import { STATUS } from '../../operations/status.ts';
import { streams } from '../../operations/streams.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await apiServer({
    command: ['false'],
    async prepare({ installation, database }) {
      await publishNoise(installation.paths, 'compute');
      await publishNoise(installation.paths, 'compute');
      await addNodes(database.db, 'n[1-30]', {});
    },
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const filled = (path: string) => path.replace(/:\w+/g, 'x');
const code = (answer: { json: unknown }) => (answer.json as { code?: string } | undefined)?.code;
const routes = [...operations, ...streams.map((one) => ({ ...one, method: 'GET' as const }))];

/** Sends bytes as they are; returns what comes back. */
async function raw(text: string | Buffer, milliseconds = 3000): Promise<string> {
  const socket = connect(api.server.port, api.server.host);
  const timer = setTimeout(() => socket.destroy(), milliseconds);
  socket.on('error', () => {});
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
  clearTimeout(timer);
  return answer;
}

describe('who may', () => {
  test('without a token nothing answers but the description', async () => {
    const own = await apiServer();
    try {
      // Each from an address of its own: else the limit on refusals would answer first.
      for (const [i, { method, path, name }] of routes.entries()) {
        const from = `127.0.1.${i + 1}`;
        const status = await statusFrom(own, from, `${method} /api/v1${filled(path)} HTTP/1.1`);
        expect(status, name).toBe(401);
      }
      expect((await own.ask('GET', '/openapi.json', { as: 'none' })).status).toBe(200);
      const unknown = await own.ask('GET', '/nothing', { as: 'none' });
      expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="slipway"',
      ]);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test('a scope can do what it was made for, and no more', async () => {
    for (const { method, path, name, scope } of routes)
      for (const as of SCOPES) {
        if (SCOPES.indexOf(as) >= SCOPES.indexOf(scope)) continue;
        const answer = await api.ask(method, filled(path), { as });
        expect([answer.status, code(answer)], `${name} as ${as}`).toEqual([403, 'access/scope']);
      }
  });

  test.each([
    ['no scheme', (token: string) => token],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['blanks', (token: string) => `Bearer ${token} `.replace(' slip', ' sl ip')],
    ['empty', () => 'Bearer '],
    ['a sentinel', () => 'Bearer null'],
    ['undefined', () => 'Bearer undefined'],
    ['the id alone', (token: string) => `Bearer ${token.slice(0, 24)}`],
    ['id and no secret', (token: string) => `Bearer ${token.slice(0, 25)}`],
    ['a secret of zeros', (token: string) => `Bearer ${token.slice(0, 25)}${'A'.repeat(43)}`],
    ['SQL', () => "Bearer ' OR 1=1 --"],
    ['very long', () => `Bearer ${'a'.repeat(5000)}`],
  ])('a wrong token: %s', async (_, authorization) => {
    const answer = await statusFrom(
      api,
      `127.0.2.${Math.floor(Math.random() * 250) + 1}`,
      'GET /api/v1/nodes HTTP/1.1',
      `Authorization: ${authorization(api.tokens.admin)}`,
    );
    expect(answer).toBe(401);
  });

  test('tokens count in the header only: not in the query, not in a cookie', async () => {
    const { admin } = api.tokens;
    for (const [path, headers] of [
      [`/nodes?token=${admin}`, {}],
      [`/nodes?access_token=${admin}`, {}],
      ['/nodes', { cookie: `token=${admin}` }],
      ['/nodes', { 'x-auth-token': admin, 'x-real-ip': '127.0.0.1', 'x-forwarded-user': 'root' }],
    ] as const)
      expect((await api.ask('GET', path, { as: 'none', headers })).status).toBe(401);
  });

  test('who guesses is slowed down; a good token from the same address is not', async () => {
    const own = await apiServer();
    try {
      expect((await own.ask('POST', '/boot', { as: 'reader', body: {} })).status).toBe(403);
      const guess = () =>
        own.ask('GET', '/nodes', { as: 'none', headers: { authorization: 'Bearer guess' } });
      const statuses = [];
      for (let i = 0; i < 25; i++) statuses.push((await guess()).status);
      expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
      const last = await guess();
      expect([last.status, code(last)]).toEqual([429, 'access/too-many']);
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
      // With a token that the server has seen, and with one that it has not.
      for (const as of ['reader', 'operator'] as const)
        expect((await own.ask('GET', '/nodes', { as })).status).toBe(200);
      expect((await own.ask('GET', '/nodes', { as: 'none' })).status).toBe(429);
      expect(
        await statusFrom(
          own,
          '127.0.0.9',
          'GET /api/v1/nodes HTTP/1.1',
          `Authorization: Bearer ${own.tokens.reader}`,
        ),
      ).toBe(200);
      // Each refusal is noted, but not without end.
      const refused = await own.here.database.db
        .selectFrom('audit')
        .selectAll()
        .where('status', 'in', [401, 403, 429])
        .execute();
      expect(refused).toHaveLength(20);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test('a token that is removed is refused at once', async () => {
    const made = await api.ask('POST', '/tokens', {
      body: { name: 'short', scope: 'reader', expires: '1h' },
    });
    const { token, id } = made.json as { token: string; id: string };
    const use = () => api.ask('GET', '/nodes', { as: 'none', headers: { authorization: `Bearer ${token}` } });
    expect([made.status, (await use()).status]).toEqual([201, 200]);
    expect((await api.ask('DELETE', `/tokens/${id}`)).status).toBe(200);
    expect((await use()).status).toBe(401);
  });
});

/** One request from an address of 127.0.0.0/8. */
async function statusFrom(
  own: ApiServer,
  localAddress: string,
  line: string,
  header = 'Accept: */*',
): Promise<number> {
  const socket = connect({ port: own.server.port, host: own.server.host, localAddress });
  socket.write(`${line}\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

describe('requests and answers', () => {
  test('lists come in pages', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/nodes?nodes=n[1-30]&limit=7';
    let pages = 0;
    while (path !== undefined) {
      const page = await api.ask('GET', path);
      seen.push(...(page.json as { name: string }[]).map((node) => node.name));
      path = /<\/api\/v1([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1];
      pages++;
    }
    expect([pages, seen.length, new Set(seen).size]).toEqual([5, 30, 30]);
    expect(code(await api.ask('GET', '/nodes?after=gone'))).toBe('api/stale-page');
    for (const limit of ['0', '-1', 'x', '1e9', '10001'])
      expect((await api.ask('GET', `/nodes?limit=${limit}`)).status, limit).toBe(400);
  });

  test('errors have code, what, why and what to do; nothing of the inside', async () => {
    const answer = await api.ask('GET', '/nodes/nope');
    expect(answer.status).toBe(404);
    expect(Object.keys(answer.json as object)).toEqual(['code', 'what', 'why', 'todo', 'exit']);
    const bad = await api.ask('PATCH', '/nodes', {
      body: { nodes: 'n1', set: { trap: 1, overlay: 'x', nope: 1 } },
    });
    expect([bad.status, (bad.json as { also: unknown[] }).also.length]).toEqual([400, 2]);
    expect(answer.text + bad.text).not.toMatch(/\.ts:|node_modules|at \w+ \(/);
  });

  test.each([
    ['no JSON', '{', 'application/json', 400],
    ['an array', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['another type', '{}', 'text/plain', 415],
    ['a form', 'nodes=n1', 'application/x-www-form-urlencoded', 415],
    ['nested deep', `{"nodes":${'['.repeat(100)}${']'.repeat(100)}}`, 'application/json', 400],
    ['nested very deep', `{"nodes":${'['.repeat(400_000)}`, 'application/json', 400],
    ['too large', JSON.stringify({ nodes: 'n1'.repeat(600_000) }), 'application/json', 413],
    ['unknown keys', '{"nodes":"n40","wurst":1}', 'application/json', 400],
    ['__proto__', '{"nodes":"n40","__proto__":{"scope":"admin"}}', 'application/json', 400],
    ['constructor', '{"nodes":"n40","constructor":{"prototype":{"x":1}}}', 'application/json', 400],
  ])('a body that is %s', async (_, body, type, status) => {
    const answer = await api.ask('POST', '/nodes', { body, headers: { 'content-type': type } });
    expect([answer.status, typeof code(answer)]).toEqual([status, 'string']);
  });

  test('what stands in the path cannot be said a second time', async () => {
    const answer = await api.ask('PUT', '/nodes/n1/document', { body: { node: 'n2', document: {} } });
    expect([answer.status, code(answer)]).toEqual([400, 'operation/bad-input']);
  });

  test('no site of the web gets at it; nothing is kept in caches', async () => {
    for (const [method, path] of [
      ['OPTIONS', '/nodes'],
      ['GET', '/nodes'],
      ['GET', '/openapi.json'],
    ] as const) {
      const { headers } = await api.ask(method, path, { headers: { origin: 'https://evil.example' } });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  test('two that change a document at once: the second is told', async () => {
    const first = await api.ask('GET', '/nodes/n1/document');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect((await api.ask('GET', '/nodes/n1/document', { headers: { 'if-none-match': etag } })).status).toBe(
      304,
    );
    const put = (description: string, match: string) =>
      api.ask('PUT', '/nodes/n1/document', {
        body: { document: { tags: { a: description } } },
        headers: { 'if-match': match },
      });
    const one = await put('one', etag);
    expect(one.status).toBe(200);
    const two = await put('two', etag);
    expect([two.status, code(two)]).toEqual([412, 'node/changed']);
    expect((await put('two', one.headers.get('etag') ?? '')).status).toBe(200);
    expect((await api.ask('GET', '/nodes/n1/document')).json).toEqual({
      name: 'n1',
      document: { tags: { a: 'two' } },
    });
    expect((await put('three', '*')).status).toBe(200);
    // Weak ones never match: RFC 9110, 13.1.1.
    expect((await put('four', `W/${etag}`)).status).toBe(412);
    await api.ask('POST', '/groups', { body: { name: 'g', settings: { image: 'compute' } } });
    const group = (await api.ask('GET', '/groups/g')).headers.get('etag') ?? '';
    const change = () =>
      api.ask('PATCH', '/groups/g', {
        body: { set: { arguments: ['quiet'] } },
        headers: { 'if-match': group },
      });
    expect([(await change()).status, (await change()).status]).toEqual([200, 412]);
  });

  test('each change stands in the audit log: who, from where, what, how it ended', async () => {
    await api.ask('POST', '/boot', { as: 'operator', body: { nodes: 'n2', image: 'compute' } });
    await api.ask('POST', '/boot', { as: 'operator', body: { nodes: 'n2', image: 'nope' } });
    const entries = (await api.ask('GET', '/audit?count=2')).json as Record<string, unknown>[];
    expect(entries.map(({ operation, status, client }) => [operation, status, client])).toEqual([
      ['boot.set', 404, '127.0.0.1'],
      ['boot.set', 200, '127.0.0.1'],
    ]);
    expect(entries[1]).toMatchObject({ detail: '{"nodes":"n2","image":"compute"}' });
    expect(entries[1]?.['who']).toMatch(/^token operator \([0-9a-f]{16}\)$/);
    const [change] = await api.here.database.db
      .selectFrom('change')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(1)
      .execute();
    expect([change?.via, change?.who]).toEqual(['api', entries[1]?.['who']]);
  });

  test('statuses are of errors that there are', async () => {
    const known = await allErrors();
    expect(Object.keys(STATUS).filter((one) => !known.has(one))).toEqual([]);
  });

  test('every mutation is for operators at least', () => {
    for (const one of operations) if (mutates(one)) expect(one.scope, one.name).not.toBe('reader');
  });
});

describe('what has been holes elsewhere', () => {
  test('names are names: no shell, no path, no query gets through them', async () => {
    const evil = ['$(id)', '`id`', 'a;id', 'a|id', 'a\nb', '../../etc/passwd', '....//', '..\\..\\', '%2e%2e%2f', '{{7*7}}', '${7*7}', "a' or '1'='1", '-rf', '--config=/etc/shadow', 'a\u0000b', 'A', 'x'.repeat(200)]; // prettier-ignore
    for (const name of evil) {
      const path = encodeURIComponent(name);
      const answers = [
        await api.ask('POST', '/nodes', { body: { nodes: name, settings: {} } }),
        await api.ask('POST', '/groups', { body: { name } }),
        await api.ask('POST', '/images/compute/clone', { body: { name } }),
        await api.ask('POST', '/images/compute/tags', { body: { tag: name } }),
        await api.ask('POST', '/builds', { body: { recipe: name } }),
        await api.ask('POST', '/tokens', { body: { name } }),
        await api.ask('GET', `/images/${path}`),
        await api.ask('GET', `/nodes/${path}`),
        await api.ask('GET', `/boot/${path}/script`),
        await api.ask('DELETE', `/images/${path}`),
      ];
      for (const [i, answer] of answers.entries()) {
        expect([400, 404, 409, 414], `${name} ${i}: ${answer.text}`).toContain(answer.status);
        expect(answer.text).not.toMatch(/root:x:0|uid=0|49/);
      }
    }
  });

  test('no path of the host is a source of images or recipes', async () => {
    const { paths } = api.here.installation;
    mkdirSync(join(paths.etc, 'recipes'), { recursive: true });
    writeFileSync(join(paths.etc, 'outside.yml'), 'name: outside\n');
    for (const recipe of [
      '/etc/passwd',
      '../outside',
      'outside',
      './outside',
      'outside.yml',
      'file:///etc/passwd',
    ])
      expect([400, 404], recipe).toContain((await api.ask('POST', '/builds', { body: { recipe } })).status);
    for (const address of [
      'oci:/etc',
      'dir:/etc',
      '/etc/passwd',
      'file:///etc/passwd',
      'docker-archive:/x',
      'docker-daemon:x:y',
      '../x/y',
    ])
      expect(code(await api.ask('POST', '/images/pull', { body: { address } })), address).toBe(
        'image/registry-not-allowed',
      );
  });

  test('the server fetches from registries that its administrator allows, and from nowhere else', async () => {
    const { api: settings } = api.here.installation.config.serve;
    settings.registries.push('registry.example:5000');
    for (const address of [
      '169.254.169.254/latest/meta-data',
      'localhost:8080/x',
      '127.0.0.1:22/x',
      'registry.example/x:y',
      'registry.example:5000@evil.example/x',
      'evil.example/registry.example:5000/x',
      'docker://registry.example:5000/x',
      'http://registry.example:5000/x',
    ]) {
      const answer = await api.ask('POST', '/images/pull', { body: { address } });
      expect([answer.status, code(answer)], address).toEqual([403, 'image/registry-not-allowed']);
    }
    settings.registries.length = 0;
  });

  test('a kernel or an initramfs is a blob of an image: no setting names a file to serve', async () => {
    for (const settings of [
      { kernel: '/etc/shadow' },
      { initramfs: '/etc/shadow' },
      { files: { '/etc/x': { content: '/etc/shadow' } } },
      { files: { '/etc/x': { source: '/etc/shadow' } } },
    ])
      expect((await api.ask('PATCH', '/nodes', { body: { nodes: 'n1', set: settings } })).status).toBe(400);
    for (const argument of ['initrd=/etc/shadow', 'root=/dev/sda', 'a b', 'a\nb', '"'])
      expect(
        (await api.ask('PATCH', '/nodes', { body: { nodes: 'n1', set: { arguments: [argument] } } })).status,
        argument,
      ).toBe(400);
  });

  test('variables of builds are words', async () => {
    const { paths } = api.here.installation;
    mkdirSync(join(paths.etc, 'recipes'), { recursive: true });
    writeFileSync(join(paths.etc, 'recipes/web.yml'), 'name: web\n');
    for (const value of [
      '/etc/shadow',
      '../x',
      'a/../../b',
      '$(id)',
      '`id`',
      'a;b',
      'a"b',
      "a'b",
      'a\nb',
      '{{x}}',
      'a&b',
      'a>b',
      '\\x',
    ])
      expect(
        code(await api.ask('POST', '/builds', { body: { recipe: 'web', variables: { v: value } } })),
        value,
      ).toBe('job/bad-value');
    const build = (key: string) =>
      api.ask('POST', '/builds', { body: `{"recipe":"web","variables":{${JSON.stringify(key)}:"x"}}` });
    for (const key of ['a.b', 'source.directory.path', '', '_x'])
      expect((await build(key)).status, key).toBe(400);
    // zod leaves that key out.
    expect(((await build('__proto__')).json as { variables: object }).variables).toEqual({});
  });

  test('traversal in blobs, boot files and TFTP names over HTTP', async () => {
    for (const path of [
      '/blobs/sha256/../../../../etc/passwd',
      '/blobs/sha256/..%2f..%2fetc%2fpasswd',
      '/boot/../../etc/passwd',
      '/boot/firmware/....//....//etc/passwd',
      '/boot/manifest/..%5c..%5cetc%5cpasswd',
      '/api/v1/../../etc/passwd',
      '//etc/passwd',
      '/%00',
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 (400|401|404) /);
      expect(answer).not.toContain('root:x:0');
    }
  });

  test('secrets are in no answer, no log, and no file that others read', async () => {
    const made = await api.ask('POST', '/tokens', { body: { name: 'seen', scope: 'reader' } });
    const { token } = made.json as { token: string };
    await api.ask('GET', `/nodes?x=${token}`, { as: 'none', headers: { authorization: `Bearer ${token}` } });
    const elsewhere = [
      (await api.ask('GET', '/tokens')).text,
      (await api.ask('GET', '/audit')).text,
      JSON.stringify(api.server.events),
    ];
    for (const text of elsewhere) {
      expect(text).not.toContain(token);
      expect(text).not.toContain('scrypt$');
      for (const one of Object.values(api.tokens)) expect(text).not.toContain(one);
    }
  });
});
