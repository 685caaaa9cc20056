/** The flight recorder in the real server, with nodes that are simulated at addresses of their own. */
import { createSocket } from 'node:dgram';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bootHistory, bootLog } from '../src/boot/history.ts';
import { bootStates } from '../src/boot/status.ts';
import { whyNotReady } from '../src/boot/why.ts';
import { Catalog } from '../src/image/catalog.ts';
import { setBoot } from '../src/node/assignment.ts';
import { addNodes } from '../src/node/registry.ts';
import { bootServer, type RunningServer } from './support/boot-server.ts';
import { publishNoise } from './support/image.ts';
import { temporaryInstallation } from './support/registry.ts';
import { serveProcess } from './support/serving.ts';
import { SimulatedNode } from './support/simulated-node.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let catalog: Catalog;
let server: RunningServer | undefined;
beforeEach(async () => {
  here = await temporaryInstallation();
  const { paths } = here.installation;
  await publishNoise(paths, 'compute', 200_000);
  catalog = await Catalog.open(paths);
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
  await here[Symbol.asyncDispose]();
});

async function nodes(count: number, port: () => number): Promise<SimulatedNode[]> {
  const all = Array.from({ length: count }, (_, index) => new SimulatedNode(index + 1, port));
  for (const [index, node] of all.entries())
    await addNodes(here.database.db, `n${index + 1}`, { macs: [node.mac] });
  await setBoot(here.database.db, catalog, all.map((_, index) => `n${index + 1}`).join(','), {
    image: 'compute',
  });
  return all;
}

async function one(): Promise<{ node: SimulatedNode; running: RunningServer }> {
  const running = (server = await bootServer(here.installation));
  const [node] = await nodes(1, () => running.port);
  if (!node) throw new Error('no node');
  return { node, running };
}

const CONFIG = 'serve: { address: 127.0.0.1, tls: { enabled: false } }\ndhcp: { mode: off }\n';

test('the server is killed in the middle of twenty boots, and started again: they go on', async () => {
  let port = 0;
  const all = await nodes(20, () => port);
  const first = await serveProcess(here.installation.paths, CONFIG);
  ({ port } = first);
  // Wherever a boot is: some have their script, some are loaded, some have reported.
  await Promise.all(all.map((node) => node.start()));
  await Promise.all(all.slice(0, 14).map((node) => node.load()));
  await Promise.all(all.slice(0, 7).map((node) => node.report('initramfs')));
  const old = await stale(all[0]);
  process.kill(first.child.pid, 'SIGKILL');
  await first.child.done.catch(() => {});
  await expect(all[1]?.report('initramfs')).rejects.toThrow();

  const second = await serveProcess(here.installation.paths, CONFIG, port);
  await Promise.all(all.slice(14).map(async (node) => expect((await node.load()).status).toBe(200)));
  for (const stage of ['manifest', 'layer', 'root', 'switch-root', 'services', 'ready'])
    await Promise.all(
      all.map(async (node) => expect(await node.report(stage, { bytes: '5', seconds: '0.5' })).toBe(204)),
    );
  const states = await bootStates(here.database.db, catalog);
  expect(states.map((state) => state.ready)).toEqual(all.map(() => true));
  // What was given out before is not given out again, and what ended stays ended.
  expect((await all[3]?.load())?.status).toBe(410);
  expect(await all[0]?.report('ready', {}, old)).toBe(401);
  expect(await all[0]?.report('ready', {}, 'f'.repeat(32))).toBe(404);
  second.child.stop();
  await second.child.done;
}, 60_000);

/** Boots anew; returns the session that is over by that. */
async function stale(node: SimulatedNode | undefined): Promise<string> {
  if (!node) throw new Error('no node');
  const { session, token } = node;
  await node.start();
  const { token: kept, session: current } = { token: node.token, session: node.session };
  node.token = token;
  expect(await node.report('manifest', {}, session)).toBe(410);
  node.token = kept;
  expect(current).not.toBe(session);
  await node.load();
  return session;
}

describe('a boot', () => {
  test('has every stage, also those that only the server sees', async () => {
    const { node } = await one();
    await node.start();
    await node.fetchBlobs();
    await node.load();
    for (const stage of ['initramfs', 'manifest']) await node.report(stage);
    await node.report('layer', { detail: '1/1', bytes: '200000', seconds: '0.25' });
    for (const stage of ['root', 'switch-root', 'services', 'ready']) await node.report(stage);
    const names = async () =>
      (await bootHistory(here.database.db, 'n1'))[0]?.stages.map((stage) => stage.name);
    await expect
      .poll(names)
      .toEqual([
        'ipxe',
        'kernel',
        'initrd',
        'loaded',
        'initramfs',
        'manifest',
        'layer',
        'root',
        'switch-root',
        'services',
        'ready',
      ]);
    const [boot] = await bootHistory(here.database.db, 'n1');
    expect(boot?.stages.find((stage) => stage.name === 'kernel')).toMatchObject({ bytes: 300 });
    expect(boot?.stages.find((stage) => stage.name === 'layer')).toMatchObject({
      bytes: 200_000,
      spent: 0.25,
      detail: '1/1',
    });
    expect(await whyNotReady(here.database.db, 'n1', false)).toMatchObject({ state: 'ready', cause: null });
  });

  test('that cannot be: why says so', async () => {
    const { node } = await one();
    await here.database.db
      .updateTable('node')
      .set({ document: `{"macs":["${node.mac}"],"image":"gone"}` })
      .execute();
    expect(await node.start()).toContain('cannot boot');
    const why = async () => await whyNotReady(here.database.db, 'n1', false);
    await expect
      .poll(async () => (await why()).cause)
      .toMatchObject({ class: 'refused', detail: expect.stringContaining('gone') as string });
  });
});

describe('the clock of the host is set', () => {
  test.each([50, -50])(
    'by %i hours in the middle of a boot: it goes on',
    async (hours) => {
      const { node, running } = await one();
      await node.start();
      await node.load();
      const real = Date.now.bind(Date);
      vi.spyOn(Date, 'now').mockImplementation(() => real() + hours * 3600_000);
      expect(await node.report('initramfs')).toBe(204);
      const told = () =>
        running.events.some(
          (event) => event.event === 'notice' && event.message.includes('The clock was set'),
        );
      await expect.poll(told, { timeout: 15_000 }).toBe(true);
      expect(await node.report('ready')).toBe(204);
      const [boot] = await bootHistory(here.database.db, 'n1');
      expect(boot?.state).toBe('ready');
      // The times are those of the clock as it is now, and the boot took what it took.
      expect(Math.abs(Date.parse(boot?.started ?? '') - Date.now())).toBeLessThan(120_000);
      expect(boot?.stages.at(-1)?.seconds).toBeLessThan(120);
      vi.restoreAllMocks();
      // Back again, so that the next test of this process has the right time.
      await expect
        .poll(
          () =>
            running.events.filter(
              (event) => event.event === 'notice' && event.message.includes('The clock was set'),
            ).length,
          { timeout: 15_000 },
        )
        .toBe(2);
    },
    60_000,
  );
});

describe('what a node says', () => {
  test('with its token: kept, harmless, bounded', async () => {
    const { node } = await one();
    await node.start();
    await node.load();
    expect(await node.log('dmesg', 'x', 'wrong')).toBe(401);
    expect(await node.log('passwd', 'x')).toBe(400);
    expect(await node.log('dmesg', 'a'.repeat(70_000))).toBe(413);
    expect(await node.log('dmesg', `[ 0.1] one\n\u001b[2Jtwo\n${'y'.repeat(3000)}\n`)).toBe(204);
    expect(await node.log('boot.log', 'slipway: x')).toBe(204);
    const lines = await bootLog(here.database.db, 'n1');
    expect(lines.map(({ source, authentic, line }) => [source, authentic, line.slice(0, 10)])).toEqual([
      ['dmesg', true, '[ 0.1] one'],
      ['dmesg', true, '\ufffd[2Jtwo'],
      ['dmesg', true, 'yyyyyyyyyy'],
      ['boot.log', true, 'slipway: x'],
    ]);
    expect(lines[2]?.line.length).toBe(497);
    const { session } = node;
    await node.start();
    node.session = session;
    expect(await node.log('dmesg', 'late')).toBe(410);
  });

  test('by UDP: its last words, and nothing of strangers and of floods', async () => {
    const { node, running } = await one();
    await node.start();
    const conf = await node.load();
    const port = Number(/^syslog 127\.0\.0\.1 (\d+)$/m.exec(conf.body.toString('latin1'))?.[1]);
    expect(port).toBeGreaterThan(0);
    const say = async (address: string, texts: (string | Buffer)[]) => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind({ address }, () => resolve()));
      for (const [index, text] of texts.entries()) {
        await new Promise<void>((resolve) => socket.send(text, port, '127.0.0.1', () => resolve()));
        // The server is in this process, and its socket's buffer holds some hundred.
        if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      socket.close();
    };
    const garbage = Array.from({ length: 2000 }, (_, i) =>
      Buffer.from([i & 255, 27, 0x9b, 0, i >> 3, 0xff, 10, 8]),
    );
    await say('127.0.9.9', ['[ 1.0] Kernel panic - not syncing: of a stranger']);
    await say(node.address, ['<30>slipway: layer 1/3', ...garbage.slice(0, 300)]);
    await say(node.address, ['[    9.1] Kernel panic - not syncing: VFS: Unable to mount root fs']);
    const why = async () => await whyNotReady(here.database.db, 'n1', false);
    await expect.poll(async () => (await why()).cause?.class, { timeout: 5000 }).toBe('panic');
    expect(await why()).toMatchObject({
      state: 'failed',
      stage: 'loaded',
      cause: { detail: 'Kernel panic - not syncing: VFS: Unable to mount root fs' },
    });
    await say(node.address, garbage);
    await running.stop();
    server = undefined;
    const lines = await bootLog(here.database.db, 'n1');
    expect(lines.length).toBeLessThanOrEqual(2000);
    expect(lines[0]).toMatchObject({ source: 'syslog', line: 'slipway: layer 1/3', authentic: false });
    expect(JSON.stringify(lines)).not.toMatch(/stranger|\\u001b|\\u0000/);
  });
});

describe('attestation', () => {
  const attest = async (script: string, timeout = 10) => {
    const { installation } = here;
    const program = join(installation.paths.root, 'attest');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    installation.config.serve.attest = { command: [program, 'a b'], timeout };
    return await one();
  };

  test('a program is told who asks, and may say yes', async () => {
    const file = join(here.installation.paths.root, 'evidence');
    const { node } = await attest(`test "$1" = "a b" && cat > '${file}'`);
    await node.start('&uuid=550E8400-E29B-41D4-A716-446655440000');
    expect((await node.load()).status).toBe(200);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      node: 'n1',
      mac: node.mac,
      uuid: '550e8400-e29b-41d4-a716-446655440000',
      client: node.address,
      session: node.session,
      image: 'compute:1',
      digest: expect.stringMatching(/^sha256:/) as string,
      mode: 'ram',
    });
  });

  test.each([
    ['no', 'echo wrong chip >&2; exit 3', 10, 'wrong chip'],
    ['nothing in time', 'sleep 60', 1, 'did not end within 1 s'],
  ])('it says %s: no token, and the log says why', async (_, script, timeout, words) => {
    const { node, running } = await attest(script, timeout);
    await node.start();
    const answer = await node.load();
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).not.toContain(words);
    expect(node.token).toBe('');
    const notices = running.events.flatMap((event) => (event.event === 'notice' ? [event.message] : []));
    expect(notices.join()).toContain(words);
    const why = async () => (await whyNotReady(here.database.db, 'n1', false)).cause;
    await expect
      .poll(why)
      .toMatchObject({ class: 'refused', detail: expect.stringContaining('not attested') as string });
  });

  test('it is not asked for whom the session is not', async () => {
    const file = join(here.installation.paths.root, 'asked');
    const { node, running } = await attest(`touch '${file}'`);
    await node.start();
    const other = new SimulatedNode(99, () => running.port);
    other.session = node.session;
    expect((await other.load()).status).toBe(403);
    expect(existsSync(file)).toBe(false);
  });
});

describe('/metrics', () => {
  test('for this host; names of nodes are not in it', async () => {
    const { node, running } = await one();
    await node.start();
    await node.fetchBlobs();
    await node.load();
    await node.report('ready');
    await node.ask('/nowhere/at/all');
    const read = async () => await (await fetch(`${running.url}/metrics`)).text();
    await expect.poll(read).toMatch(/^slipway_boots_total\{result="ready"\} 1$/m);
    const text = await read();
    for (const line of [
      'slipway_boots_started_total 1',
      'slipway_boots_under_way 0',
      'slipway_registry_size{of="nodes"} 1',
      'slipway_http_answers_total{route="/blobs/sha256/:hex",status="200"} 2',
      'slipway_http_answers_total{route="other",status="404"} 1',
      'slipway_blob_bytes_total 700',
      'slipway_downloads_under_way 0',
    ])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toMatch(/slipway_boot_stage_seconds_count\{stage="kernel"\} 1/);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/n1|52:54|127\.0|nowhere/);
  });
});

test('10,000 garbage requests: the server answers, and the next boot works', async () => {
  const { node } = await one();
  const paths = [
    '/boot/node.ipxe?mac=%00%0a',
    '/boot/log?session=%ff&source=../x',
    `/boot/session/${'%2e'.repeat(30)}/node.cpio`,
    '/boot/node.ipxe?mac=52:54:00:00:00:99&uuid=%0a$(id)',
    '/metrics/..%2f',
    '/boot/report',
    '/blobs/sha256/..%2f..%2fetc',
  ];
  const statuses = new Set<number>();
  node.agent = new Agent({ keepAlive: true, maxSockets: 20 });
  for (let i = 0; i < 10_000; i += 50)
    await Promise.all(
      Array.from({ length: 50 }, async (_, k) => {
        const method = (i + k) % 3 === 0 ? 'POST' : 'GET';
        const path = paths[(i + k) % paths.length] ?? '';
        statuses.add(
          (
            await node.ask(path, {
              method,
              headers: { 'content-type': 'text/plain' },
              body: method === 'POST' ? '\u0000\u001b' : undefined,
            })
          ).status,
        );
      }),
    );
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  node.agent.destroy();
  node.agent = undefined;
  await node.start();
  expect((await node.load()).status).toBe(200);
}, 120_000);
