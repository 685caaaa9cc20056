import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SlipwayError } from '../system/errors.ts';
import { Namespace } from '../system/namespace.ts';
import type { Finding } from './console.ts';
import { startMachine } from './machine.ts';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'machine-'))));
afterEach(async () => await rm(directory, { recursive: true }));

/** Runs a shell script in QEMU's place. */
async function start(namespace: Namespace, script: string) {
  const program = join(directory, 'qemu');
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const findings: Finding[] = [];
  const ended = Promise.withResolvers<SlipwayError | undefined>();
  const log = join(directory, 'console.log');
  const machine = startMachine(
    {
      program,
      accelerator: { name: 'tcg', why: '' },
      memory: 64,
      cpus: 1,
      tap: 'tap0',
      mac: '52:54:00:00:00:01',
      uuid: 'x',
      firmware: 'bios',
    },
    { namespace, log, onFinding: (finding) => findings.push(finding), onEnd: ended.resolve },
  );
  return { machine, findings, ended: ended.promise, log };
}

describe.runIf(process.getuid?.() === 0)('startMachine', () => {
  it('keeps the console as it came, reads it, and tells when the machine ended', async () => {
    await using namespace = await Namespace.open();
    const { machine, findings, ended, log } = await start(
      namespace,
      `printf '\\033[31mslipway: trap: init x\\r\\n'`,
    );
    expect(await ended).toBeUndefined();
    expect(findings).toMatchObject([{ kind: 'trap', code: 'init' }]);
    expect(machine.lines()).toEqual(['slipway: trap: init x']);
    expect(await readFile(log, 'utf8')).toBe('\x1b[31mslipway: trap: init x\r\n');
  });

  it('tells why QEMU failed', async () => {
    await using namespace = await Namespace.open();
    const { ended } = await start(namespace, 'echo "no such device" >&2; exit 1');
    expect((await ended)?.output).toContain('no such device');
  });

  it('stops, and does not call that an end', async () => {
    await using namespace = await Namespace.open();
    const { machine, ended } = await start(namespace, 'exec sleep 1000');
    await machine[Symbol.asyncDispose]();
    expect(await Promise.race([ended, Promise.resolve('nothing told')])).toBe('nothing told');
  });

  it('bounds the log of a guest that prints without end', async () => {
    await using namespace = await Namespace.open();
    const { ended, findings, log } = await start(
      namespace,
      'head -c 40000000 /dev/zero | tr "\\0" "x"; echo; echo "slipway: trap: init late"',
    );
    await ended;
    expect((await stat(log)).size).toBeLessThanOrEqual(32 << 20);
    expect(findings).toHaveLength(1);
  });
});
