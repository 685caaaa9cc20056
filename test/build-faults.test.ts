/** Builds that are killed, starved or lied to: through the command line, as a user meets them. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace } from '../src/system/namespace.ts';
import { Trial, traces } from './support/tiny.ts';

const run = promisify(execFile);
const SLIPWAY = join(import.meta.dirname, '../bin/slipway');
let trial: Trial;
beforeAll(async () => {
  trial = await Trial.open();
});
afterAll(async () => {
  await trial[Symbol.asyncDispose]();
});

interface Line {
  event: string;
  code?: string;
  what?: string;
  result?: string;
  title?: string;
  [key: string]: unknown;
}

function start(...words: string[]): {
  child: ChildProcess;
  lines: AsyncIterable<string>;
  ended: Promise<unknown>;
} {
  const child = spawn(SLIPWAY, words, {
    env: { ...process.env, SLIPWAY_ROOT: join(trial.directory, 'root') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  return { child, lines: createInterface({ input: child.stdout }), ended };
}

async function slipway(...words: string[]): Promise<{ code: number; lines: Line[] }> {
  const { child, lines, ended } = start(...words);
  const all: Line[] = [];
  for await (const line of lines) all.push(JSON.parse(line) as Line);
  await ended;
  return { code: child.exitCode ?? -1, lines: all };
}

const images = async () =>
  JSON.parse(
    (
      await run(SLIPWAY, ['image', 'ls', '--json'], {
        env: { ...process.env, SLIPWAY_ROOT: join(trial.directory, 'root') },
      })
    ).stdout,
  ) as unknown[];

describe('kill -9', () => {
  const steps = (n: number) =>
    `steps:\n${Array.from({ length: n }, (_, i) => `  - run: echo ${i} > /f${i}; sleep 0.3\n`).join('')}`;

  it(
    'at every boundary and in the middle leaves nothing behind, and the next build goes on',
    { timeout: 240_000 },
    async () => {
      const file = await trial.recipe('killed', steps(3));
      const before = await images();
      let finished = -1;
      // Each round kills the build at its next event: the start of a task, its middle, its end.
      for (let round = 0; round < 40; round++) {
        const { child, lines, ended } = start('build', file, '--json');
        let events = 0;
        for await (const line of lines) {
          const { event } = JSON.parse(line) as Line;
          if (event === 'built') finished = round;
          if (++events <= round) continue;
          if (round % 3 === 1) await sleep(120);
          child.kill('SIGKILL');
          break;
        }
        child.kill('SIGKILL');
        await ended;
        for (let i = 0; i < 50 && traces(trial.directory).length > 0; i++) await sleep(20);
        expect(traces(trial.directory)).toEqual([]);
        if (finished >= 0) break;
        // The old catalog or the new one, whole: what was printed last says little of what was done when it died.
        const now = await images();
        if (now.length > before.length)
          expect(now).toMatchObject([{ name: 'killed', generation: 1, state: 'ready' }]);
        else expect(now).toEqual(before);
      }
      expect(finished).toBeGreaterThan(5);
      const { code, lines } = await slipway('build', file, '--json');
      expect(code).toBe(0);
      expect(lines.at(-1)).toMatchObject({ event: 'built', image: 'killed', cached: true });
      expect(
        (await readdir(join(trial.directory, 'root/var/lib/slipway/work'))).filter((n) => n !== 'locks'),
      ).toEqual([]);
    },
  );

  it('keeps finished layers', async () => {
    const file = await trial.recipe(
      'resumed',
      'steps:\n  - run: echo one > /one\n  - run: echo two > /two; sleep 30\n',
    );
    const { child, lines, ended } = start('build', file, '--json');
    for await (const line of lines) {
      const event = JSON.parse(line) as Line;
      if (event.event !== 'task-started' || !event.title?.includes('two')) continue;
      await sleep(1500); // the first step's layer is flushed beside the second
      child.kill('SIGKILL');
    }
    await ended;
    const shorter = await trial.recipe(
      'resumed',
      'steps:\n  - run: echo one > /one\n  - run: echo two > /two\n',
    );
    const { lines: after } = await slipway('build', shorter, '--json');
    expect(after.filter((l) => l.event === 'task-finished').map((l) => l.result)).toEqual(
      expect.arrayContaining(['cached', 'done']),
    );
    expect(after.find((l) => l.event === 'task-finished' && l.result === 'cached')).toBeTruthy();
  });
});

describe('Ctrl-C', () => {
  it('stops cleanly, with a message and exit code 1 or 130', async () => {
    const file = await trial.recipe('stopped', 'steps:\n  - run: sleep 60\n');
    const { child, lines, ended } = start('build', file, '--json');
    const seen: Line[] = [];
    for await (const line of lines) {
      seen.push(JSON.parse(line) as Line);
      if (seen.at(-1)?.event === 'task-started' && seen.at(-1)?.title?.includes('sleep'))
        setTimeout(() => child.kill('SIGINT'), 300);
    }
    await ended;
    expect([1, 130]).toContain(child.exitCode);
    expect(traces(trial.directory)).toEqual([]);
  });
});

describe('two builds of one image', () => {
  it('wait for each other, and say who they wait for', async () => {
    const file = await trial.recipe('twice', 'steps:\n  - run: sleep 1; echo x > /x\n');
    const [a, b] = await Promise.all([slipway('build', file, '--json'), slipway('build', file, '--json')]);
    expect([a.code, b.code]).toEqual([0, 0]);
    expect(a.lines.at(-1)?.['digest']).toBe(b.lines.at(-1)?.['digest']);
    const notices = [...a.lines, ...b.lines]
      .filter((l) => l.event === 'notice')
      .map((l) => String(l['message']));
    expect(notices.join('\n')).toMatch(/image-twice is in use by build of twice \(process \d+/);
  });

  it('or give up when told to', async () => {
    const file = await trial.recipe('waits', 'steps:\n  - run: sleep 4; echo x > /x\n');
    const first = slipway('build', file, '--json');
    await sleep(1500);
    const second = await slipway('build', file, '--wait', '0', '--json');
    expect(second.code).toBe(1);
    expect(second.lines.at(-1)).toMatchObject({ event: 'error', code: 'lock/held' });
    expect((await images()) as object[]).toContainEqual(
      expect.objectContaining({ name: 'waits', state: 'building' }),
    );
    expect((await first).code).toBe(0);
  });
});

describe('a full disk', () => {
  it('ends a build with a clear error, and nothing is lost', async () => {
    const small = join(trial.directory, 'small');
    await mkdir(small);
    const file = await trial.recipe('full', 'steps:\n  - run: dd if=/dev/zero of=/big bs=1M count=40\n');
    const fits = await trial.recipe('fits', 'steps:\n  - run: echo x > /x\n');
    await using space = await Namespace.open();
    await space.run(['mount', '-t', 'tmpfs', '-o', 'size=24M', 'tmpfs', small]);
    const build = async (...words: string[]) =>
      (
        await space.run([SLIPWAY, 'build', ...words, '--json'], {
          env: { SLIPWAY_ROOT: small },
          okCodes: [0, 1],
        })
      ).stdout
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l) as Line);
    expect((await build(fits)).at(-1)).toMatchObject({ event: 'built', generation: 1 });
    expect((await build(file)).at(-1)).toMatchObject({ event: 'error', code: 'build/disk-full' });
    expect((await build(fits)).at(-1)).toMatchObject({ event: 'built', generation: 1, cached: true });
  });
});

describe('an archive', () => {
  const debian = (mirror: string, more = '') =>
    `source:\n  debian: {suite: bookworm, mirror: "${mirror}"${more}}\n`;

  it('that cannot be reached is named', async () => {
    const file = await trial.recipe('unreachable', debian('http://127.0.0.1:9/debian'));
    const { code, lines } = await slipway('build', file, '--json');
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      event: 'error',
      code: 'build/mirror-unreachable',
      what: expect.stringContaining('127.0.0.1:9') as string,
    });
  });

  it('that an unknown key signed is refused', async () => {
    const home = join(trial.directory, 'gnupg');
    await mkdir(home, { mode: 0o700 });
    const gpg = async (...words: string[]) =>
      await run('gpg', [
        '--homedir',
        home,
        '--batch',
        '--passphrase',
        '',
        '--pinentry-mode',
        'loopback',
        ...words,
      ]);
    await gpg('--quick-generate-key', 'stranger', 'ed25519', 'sign', '1d');
    const dists = join(trial.directory, 'mirror/dists/bookworm');
    await mkdir(dists, { recursive: true });
    await writeFile(
      join(dists, 'Release'),
      `Suite: stable\nCodename: bookworm\nDate: ${new Date().toUTCString()}\nArchitectures: amd64\nComponents: main\nSHA256:\n`,
    );
    await gpg('--clearsign', '--output', join(dists, 'InRelease'), join(dists, 'Release'));
    const server = createServer((request, response) => {
      readFile(join(trial.directory, 'mirror', new URL(request.url ?? '/', 'http://x').pathname)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const file = await trial.recipe(
      'stranger',
      debian(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
    const { code, lines } = await slipway('build', file, '--json');
    server.close();
    await run('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => {});
    await rm(home, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ event: 'error', code: 'build/bad-signature' });
  });

  it('without a package says so before the tree is built', async () => {
    const file = await trial.recipe(
      'misspelt',
      'source:\n  debian: {suite: bookworm, packages: [systemd, opensh-server]}\nsteps:\n  - packages: [htopp]\n  - kernel: {package: linux-image-cloudy-amd64}\n',
    );
    const { code, lines } = await slipway('build', file, '--json');
    expect(code).toBe(1);
    const error = lines.at(-1) as Line & { also?: Line[] };
    expect(error).toMatchObject({ event: 'error', code: 'build/unknown-package' });
    expect([error, ...(error.also ?? [])].map((e) => e.what)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('opensh-server'),
        expect.stringContaining('htopp'),
        expect.stringContaining('linux-image-cloudy-amd64'),
      ]),
    );
    expect(lines.filter((l) => l.event === 'output' && String(l['line']).includes('extracting'))).toEqual([]);
  }, 120_000);
});
