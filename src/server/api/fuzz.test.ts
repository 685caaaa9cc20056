import * as fc from 'fast-check';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiServer, type ApiServer } from '../../../test/support/api-server.ts';
import { publishNoise } from '../../../test/support/image.ts';
import { addNodes } from '../../node/registry.ts';
import { operations } from '../../operations/index.ts';
import { hasBody, pathKeys } from '../../operations/http.ts';
import type { Operation } from '../../operations/operation.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await apiServer({
    command: ['false'],
    async prepare({ installation, database }) {
      await publishNoise(installation.paths, 'compute');
      await addNodes(database.db, 'n[1-3]', {});
    },
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const word = fc.oneof(
  fc.constantFrom(
    'n1',
    'n2',
    'compute',
    'compute:1',
    'latest',
    'g',
    'n[1-3]',
    '@g',
    '@*',
    'n[1-999999999]',
    'ram',
    'demo',
  ),
  fc.constantFrom('', ' ', '../..', '/etc/passwd', '$(id)', '{{7*7}}', 'a\nb', '\u0000', '\ud800', '%', '__proto__', 'sha256:', 'n[', 'n[1-', '!', '&', 'null'), // prettier-ignore
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(word, fc.constantFrom('image', 'mode', 'macs', 'arguments', 'tags', 'groups', 'files', 'interfaces')), tie('any'), { maxKeys: 3 }), // prettier-ignore
  ),
})).any;

/** Inputs with the keys that the operation knows, and sometimes others. */
function inputs(one: Operation): fc.Arbitrary<Record<string, unknown>> {
  const keys = Object.keys(one.input.shape).filter((key) => !pathKeys(one.path).includes(key));
  const known = fc.record(Object.fromEntries(keys.map((key) => [key, fc.oneof(word, value)])), {
    requiredKeys: [],
  });
  return fc.oneof(
    known,
    fc.tuple(known, fc.dictionary(word, value, { maxKeys: 2 })).map(([a, b]) => ({ ...b, ...a })),
  );
}

// It tries everything out for real.
const slow = new Set(['doctor']);

test.each(operations.filter((one) => !slow.has(one.name)).map((one) => [one.name, one] as const))(
  '%s: whatever comes, no error of the inside',
  async (_, one) => {
    const segments = fc.array(word, {
      minLength: pathKeys(one.path).length,
      maxLength: pathKeys(one.path).length,
    });
    await fc.assert(
      fc.asyncProperty(segments, inputs(one), async (inPath, input) => {
        let i = 0;
        const path = one.path.replace(
          /:\w+/g,
          () => encodeURIComponent((inPath[i++] ?? '').toWellFormed()) || '%20',
        );
        const answer = hasBody(one)
          ? await api.ask(one.method, path, { body: JSON.stringify(input) })
          : await api.ask(one.method, `${path}?${query(input)}`);
        expect([401, 403, 429, 500], answer.text).not.toContain(
          answer.status === 403 && one.name === 'image.pull' ? 0 : answer.status,
        );
        expect(answer.text).not.toMatch(/\.ts:\d|node_modules|root:x:0/);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  },
);

function query(input: Record<string, unknown>): string {
  const text = (one: unknown) => (typeof one === 'string' ? one : (JSON.stringify(one) ?? ''));
  return new URLSearchParams(Object.entries(input).map(([key, one]): [string, string] => [key, text(one)]))
    .toString()
    .slice(0, 4000);
}

test('10,000 garbage requests: the server goes on', async () => {
  const before = api.server.events.length;
  const lines = fc.sample(
    fc.tuple(
      fc.constantFrom(
        'GET',
        'POST',
        'PUT',
        'DELETE',
        'PATCH',
        'OPTIONS',
        'HEAD',
        'TRACE',
        'CONNECT',
        'get',
        'PRI',
        '\u0016\u0003\u0001',
        '',
      ),
      fc.oneof(
        fc.constantFrom(
          '/api/v1/nodes',
          '/api/v1/',
          '/api/v1/openapi.json',
          '/boot/node.ipxe',
          '/api/v1/%',
          '*',
          '//',
          '/api/v1/../..',
          '/api/v1/events',
        ),
        fc.webUrl(),
        fc.string({ maxLength: 60 }),
      ),
      fc.oneof(
        fc.constantFrom(
          'Authorization: Bearer x',
          'Content-Length: 99999999999',
          'Content-Length: -1',
          'Transfer-Encoding: chunked',
          'Expect: 100-continue',
          'Upgrade: h2c',
          'Host: a\0b',
          'Content-Type: application/json',
        ),
        fc.string({ maxLength: 40 }),
      ),
      fc.string({ maxLength: 50 }),
    ),
    { numRuns: 10_000, seed: 1 },
  );
  const send = async ([method, path, header, body]: (typeof lines)[number], from: number) => {
    const socket = connect({ port: api.server.port, host: api.server.host, localAddress: `127.0.3.${from}` });
    socket.on('error', () => {});
    socket.end(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n${body}`,
      'latin1',
    );
    let answer = '';
    for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  };
  const counts = new Map<number, number>();
  for (let i = 0; i < lines.length; i += 50) {
    const part = lines.slice(i, i + 50);
    const statuses = await Promise.all(part.map((line, j) => send(line, (j % 50) + 1).catch(() => 0)));
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  expect([...counts.keys()].filter((status) => status >= 500)).toEqual([]);
  const warnings = api.server.events.slice(before).filter((event) => event.event === 'notice');
  expect(warnings).toEqual([]);
  expect((await api.ask('GET', '/nodes')).status).toBe(200);
}, 120_000);
