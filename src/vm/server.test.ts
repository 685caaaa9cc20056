import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestNetwork } from './network.ts';
import { startServer, type StageReport } from './server.ts';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'server-'))));
afterEach(async () => await rm(directory, { recursive: true }));

/** Runs a shell script in the server's place, until it listens. */
async function start(script: string, checks: string[] = []) {
  const file = join(directory, 'serve');
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const stages: StageReport[] = [];
  const notices: string[] = [];
  const stack = new AsyncDisposableStack();
  try {
    const server = await startServer({
      network: stack.use(await openTestNetwork(1)),
      command: [file],
      root: directory,
      checks,
      log: join(directory, 'server.log'),
      onStage: (report) => stages.push(report),
      onNotice: (message) => notices.push(message),
    });
    stack.use(server);
    return { server, stages, notices, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
const LISTENING = `echo '{"event":"serve","kind":"listening"}'`;

describe.runIf(process.getuid?.() === 0 && existsSync('/dev/net/tun'))('startServer', () => {
  it('runs the command with its root and the checks, and hears what it says', async () => {
    const boot = '{"event":"serve","kind":"boot","fields":{"node":"test","stage":"loaded","detail":7}}';
    await using run = await start(
      `printf '%s\\n' "$SLIPWAY_ROOT" "$@" >${directory}/argv
      echo noise; echo '[1]'; echo null
      echo '${boot}'; echo '{"event":"notice","message":"careful"}'
      ${LISTENING}; exec sleep 1000`,
      ['true', "echo 'a b'"],
    );
    expect(run.stages).toEqual([{ node: 'test', stage: 'loaded', detail: '' }]);
    expect(run.notices).toEqual(['careful']);
    const argv = await readFile(join(directory, 'argv'), 'utf8');
    expect(argv.trim().split('\n')).toEqual([
      directory,
      'serve',
      '--json',
      '--check',
      'true',
      '--check',
      "echo 'a b'",
    ]);
    expect(await readFile(join(directory, 'server.log'), 'utf8')).toContain('noise');
  });

  it('says with its last output that it did not start', async () => {
    await expect(start('echo why >&2; exit 1')).rejects.toMatchObject({
      code: 'vm/server',
      output: expect.stringContaining('why') as string,
    });
  });

  it('is stopped without a word', async () => {
    const run = await start(
      `trap 'echo "{\\"event\\":\\"notice\\",\\"message\\":\\"stopping\\"}"; exit' TERM; ${LISTENING}; sleep 1000 & wait`,
    );
    await run[Symbol.asyncDispose]();
    expect(await readFile(join(directory, 'server.log'), 'utf8')).toContain('stopping');
    expect(run.notices).toEqual([]);
  });

  it('tells when it ends later', async () => {
    await using run = await start(`${LISTENING}; sleep 0.3; echo gone >&2; exit 1`);
    await expect(run.server.failed).rejects.toMatchObject({
      code: 'vm/server',
      output: expect.stringContaining('gone') as string,
    });
  });
});
