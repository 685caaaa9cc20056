/** The agent that refreshes files on running nodes, against the real server: with curl, and without. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import {
  mkdirSync,
  readdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putContent } from '../src/files/contents.ts';
import { Catalog } from '../src/image/catalog.ts';
import { setBoot } from '../src/node/assignment.ts';
import { editNodes, addNodes } from '../src/node/registry.ts';
import type { FileSpec } from '../src/node/file-schema.ts';
import { run } from '../src/system/process.ts';
import { bootServer, type RunningServer } from './support/boot-server.ts';
import { CHECKOUT } from './support/image-cache.ts';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';

const AGENT = join(CHECKOUT, 'src/initramfs/dracut/90slipway/node/slipway-refresh.sh');
const mac = '52:54:00:00:00:01';
/** All that a small image has. */
const TOOLS =
  'sh bash sed grep cat mkdir mv rm ln chmod chown stat sha256sum readlink timeout tail od tr sleep'.split(
    ' ',
  );

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let server: RunningServer;
let node: string;
beforeAll(async () => {
  here = await temporaryInstallation();
  const { installation, database } = here;
  await publishNoise(installation.paths, 'compute');
  await addNodes(database.db, 'n1', { macs: [mac] });
  await setBoot(database.db, await Catalog.open(installation.paths), 'n1', { image: 'compute' });
  server = await bootServer(installation);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});
beforeEach(() => void (node = mkdtempSync(join(tmpdir(), 'slipway-node-'))));
afterEach(() => rmSync(node, { recursive: true, force: true }));

/** What the node is to have, as `content` of a text. */
async function say(files: Record<string, FileSpec & { text?: string }>): Promise<void> {
  const { db } = here.database;
  const specs: Record<string, FileSpec> = {};
  for (const [path, { text, ...spec }] of Object.entries(files))
    specs[join(node, path)] =
      text === undefined ? spec : { ...spec, content: await putContent(db, path, Buffer.from(text)) };
  await editNodes(db, 'n1', 'test', (document) => ({ ...document, files: specs }));
}

/** Boots: what handover.sh leaves in /run/slipway is put into `node`/run. */
async function boot(): Promise<{ session: string; token: string }> {
  const script = await (await fetch(`${server.url}/boot/node.ipxe?mac=${mac}`)).text();
  const session = /session\/([0-9a-f]{32})\/node\.cpio/.exec(script)?.[1] ?? '';
  const cpio = await (await fetch(`${server.url}/boot/session/${session}/node.cpio`)).text();
  const token = /^token (\S+)$/m.exec(cpio)?.[1] ?? '';
  const directory = join(node, 'run/slipway');
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'agent.conf'),
    `session ${session}\nreport ${server.url}/boot/report\nnode n1\n`,
  );
  writeFileSync(join(directory, 'token'), `Authorization: Bearer ${token}\n`, { mode: 0o600 });
  return { session, token };
}

function tools(withCurl: boolean): string {
  const bin = join(node, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const tool of withCurl ? [...TOOLS, 'curl'] : TOOLS) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >>${node}/systemctl\n`, { mode: 0o755 });
  return bin;
}

async function agent(bin: string): Promise<{ code: number; said: string }> {
  const inside = 'mount --bind "$1/run" /run && PATH=$2 exec /bin/sh "$3"';
  const argv = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', inside, 'sh', node, bin, AGENT];
  const { code, stdout, stderr } = await run(argv, { okCodes: [0, 1] });
  expect(stderr).toBe('');
  return { code, said: stdout.replaceAll(node, '') };
}

const read = (path: string) => readFileSync(join(node, path), 'utf8');
const mode = (path: string) => (statSync(join(node, path)).mode & 0o7777).toString(8);
const requests = () =>
  server.events.flatMap((event) =>
    event.event === 'serve' && event.kind === 'request' ? [event.message] : [],
  );

describe.each([
  ['curl', true],
  ['bash alone', false],
])('with %s', (_, withCurl) => {
  test('writes what changed and nothing else, runs what belongs to it, asks conditionally', async () => {
    const bin = tools(withCurl);
    const ran = join(node, 'ran');
    mkdirSync(join(node, 'etc'));
    writeFileSync(join(node, 'etc/same'), 'same\n', { mode: 0o644 });
    writeFileSync(join(node, 'etc/gone'), '');
    const files = (text: string): Parameters<typeof say>[0] => ({
      'etc/same': { text: 'same\n', refresh: true, run: `echo same >>${ran}` },
      'etc/a b/changed': { text, refresh: true, mode: '0640', run: `echo changed >>${ran}` },
      'etc/also': { text: `${text}\0binary\n\n`, refresh: true, run: `echo changed >>${ran}` },
      'etc/gone': { absent: true, refresh: true },
      'etc/link': { link: './same', refresh: true },
      'etc/fixed': { text: 'not refreshed' },
    });
    await say(files('one\n'));
    const { session } = await boot();
    expect(await agent(bin)).toEqual({
      code: 0,
      said: 'slipway: /etc/a b/changed changed\nslipway: /etc/also changed\nslipway: /etc/gone changed\nslipway: /etc/link changed\n',
    });
    expect([read('etc/a b/changed'), read('etc/also'), mode('etc/a b/changed'), mode('etc/also')]).toEqual([
      'one\n',
      'one\n\0binary\n\n',
      '640',
      '644',
    ]);
    expect(read('etc/link')).toBe('same\n');
    expect(() => read('etc/gone')).toThrow('ENOENT');
    expect(() => read('etc/fixed')).toThrow('ENOENT');
    expect(read('ran')).toBe('changed\n');

    const before = requests().length;
    expect(await agent(bin)).toEqual({ code: 0, said: '' });
    expect(requests().slice(before)).toEqual([
      expect.stringMatching(/^GET \/boot\/files\/[0-9a-f]{32} 304$/),
    ]);

    // What somebody changed on the node by hand stays, as long as the registry does not change it.
    writeFileSync(join(node, 'etc/also'), 'by hand');
    await say({ ...files('one\n'), 'etc/a b/changed': { text: 'two\n', refresh: true, mode: '0600' } });
    expect(await agent(bin)).toEqual({ code: 0, said: 'slipway: /etc/a b/changed changed\n' });
    expect([read('etc/a b/changed'), mode('etc/a b/changed'), read('etc/also')]).toEqual([
      'two\n',
      '600',
      'by hand',
    ]);
    expect(mode('run/slipway/token')).toBe('600');

    // What it has taken is no drift.
    const given = async () => {
      const row = await here.database.db
        .selectFrom('boot_session')
        .select('given')
        .where('id', '=', session)
        .executeTakeFirst();
      return (JSON.parse(row?.given ?? '{}') as { files: Record<string, string> }).files[
        join(node, 'etc/a b/changed')
      ];
    };
    const old = await given();
    await agent(bin);
    expect(await given()).not.toBe(old);
  });

  test('a command that fails is reported, once', async () => {
    const bin = tools(withCurl);
    await say({ 'etc/x': { text: '1', refresh: true, run: 'echo it is broken; exit 3' } });
    const { session } = await boot();
    expect((await agent(bin)).code).toBe(1);
    const stages = await here.database.db
      .selectFrom('boot_stage')
      .selectAll()
      .where('session_id', '=', session)
      .execute();
    expect(stages.filter((stage) => stage.stage === 'refresh').map((stage) => stage.detail)).toEqual([
      expect.stringContaining('failed: it is broken'),
    ]);
    expect(await agent(bin)).toEqual({ code: 0, said: '' });
  });

  test('a directory in the way is told, and asked for again', async () => {
    const bin = tools(withCurl);
    mkdirSync(join(node, 'etc/x'), { recursive: true });
    await say({ 'etc/x': { text: '1', refresh: true } });
    await boot();
    expect(await agent(bin)).toEqual({
      code: 1,
      said: expect.stringContaining('/etc/x could not be changed') as string,
    });
    rmSync(join(node, 'etc/x'), { recursive: true });
    expect(await agent(bin)).toEqual({ code: 0, said: 'slipway: /etc/x changed\n' });
  });

  test('stops once the node has booted again', async () => {
    const bin = tools(withCurl);
    await say({ 'etc/x': { text: '1', refresh: true } });
    await boot();
    await (await fetch(`${server.url}/boot/node.ipxe?mac=${mac}`)).text();
    expect((await agent(bin)).said).toContain('HTTP 410');
    expect(read('systemctl')).toBe('stop slipway-refresh.timer\n');
    expect(() => read('etc/x')).toThrow('ENOENT');
    const before = requests().length;
    expect(await agent(bin)).toEqual({ code: 0, said: '' });
    expect(requests()).toHaveLength(before);
  });
});

test('strangers get nothing, and nobody gets what is not refreshed', async () => {
  await say({ 'etc/x': { text: 'x', refresh: true }, 'etc/y': { text: 'y' } });
  const { session, token } = await boot();
  const get = async (path: string, bearer: string) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${server.url}/boot/files/${path}`, { headers });
    return [answer.status, await answer.text()];
  };
  const hex = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(await get(session, 'x'.repeat(43))).toEqual([401, expect.stringContaining('Wrong token')]);
  expect((await get('0'.repeat(32), token))[0]).toBe(404);
  expect((await get('../../etc/passwd', token))[0]).toBe(404);
  expect((await get(session, token))[1]).toMatch(
    /^slipway-files 1\nfile 0644 root root [0-9a-f]{64} \S+\/etc\/x\nend\n$/,
  );
  expect(await get(`${session}/${hex('x')}`, token)).toEqual([200, 'x']);
  expect((await get(`${session}/${hex('y')}`, token))[0]).toBe(404);
});

describe('a server that does not serve now', () => {
  const answering = async (
    answers: { status: number; headers?: Record<string, string>; body?: string }[],
  ) => {
    let asked = 0;
    const http = createServer((_, response) => {
      const {
        status,
        headers = {},
        body = '',
      } = answers[Math.min(asked++, answers.length - 1)] ?? { status: 500 };
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    const directory = join(node, 'run/slipway');
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, 'agent.conf'),
      `session ${'0'.repeat(32)}\nreport http://127.0.0.1:${port}/boot/report\n`,
    );
    writeFileSync(join(directory, 'token'), 'Authorization: Bearer x\n');
    return {
      asked: () => asked,
      port,
      [Symbol.asyncDispose]: async () => await promisify(http.close.bind(http))(),
    };
  };
  const busy = { status: 503, headers: { 'retry-after': '0' } };
  const list = (text: string) => ({ status: 200, headers: { etag: '"1"' }, body: text });

  test.each([true, false])('busy: asks again when it is told to (curl: %s)', async (withCurl) => {
    const path = join(node, 'etc/gone');
    mkdirSync(join(node, 'etc'));
    writeFileSync(path, '');
    const good = list(`slipway-files 1\nabsent 0644 root root - ${path}\nend\n`);
    await using http = await answering([busy, busy, good]);
    expect(await agent(tools(withCurl))).toEqual({ code: 0, said: 'slipway: /etc/gone changed\n' });
    expect(http.asked()).toBe(3);
  });

  test.each([true, false])(
    'busy for long, or gone: leaves it for the next time (curl: %s)',
    async (withCurl) => {
      const bin = tools(withCurl);
      {
        await using http = await answering([busy]);
        expect(await agent(bin)).toEqual({ code: 0, said: 'slipway: no answer (HTTP 503)\n' });
        expect(http.asked()).toBe(3);
      }
      expect(await agent(bin)).toEqual({ code: 0, said: 'slipway: no answer (HTTP 000)\n' });
    },
  );

  test.each([
    ['no list', '<html>'],
    ['cut off', `slipway-files 1\nabsent 0644 root root - NODE/etc/x\n`],
  ])('%s: nothing is changed', async (_, text) => {
    mkdirSync(join(node, 'etc'));
    writeFileSync(join(node, 'etc/x'), 'x');
    await using _http = await answering([list(text.replace('NODE', node)), { status: 204 }]);
    expect(await agent(tools(true))).toEqual({ code: 1, said: 'slipway: the list of files is broken\n' });
    expect(read('etc/x')).toBe('x');
  });

  test.each([true, false])('another content than was listed: not taken (curl: %s)', async (withCurl) => {
    mkdirSync(join(node, 'etc'));
    writeFileSync(join(node, 'etc/x'), 'old');
    const text = `slipway-files 1\nfile 0644 root root ${'0'.repeat(64)} ${node}/etc/x\nend\n`;
    await using _http = await answering([list(text), { status: 200, body: 'evil' }, { status: 204 }]);
    expect(await agent(tools(withCurl))).toMatchObject({ code: 1 });
    expect([read('etc/x'), readdirSync(join(node, 'etc'))]).toEqual(['old', ['x']]);
  });
});
