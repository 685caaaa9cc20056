import { describe, expect, it } from 'vitest';
import type { Finding } from './console.ts';
import { Verdict } from './verdict.ts';

const stage = (stage: string, detail = '', node = 'test') => ({ node, stage, detail });
const finding = (kind: Finding['kind'], message = 'what', final = true): Finding => ({
  kind,
  final,
  code: 'code',
  message,
});

/** A verdict that heard some stages, a second each. */
function after(stages: [string, string?][], checks: string[] = []): Verdict {
  const verdict = new Verdict(['test'], checks);
  for (const [i, [name, detail]] of stages.entries()) verdict.heard(stage(name, detail), i + 1);
  return verdict;
}

describe('passes', () => {
  it('when the node reported ready, and not before', () => {
    const verdict = after([['ipxe'], ['loaded'], ['switch-root']]);
    expect(verdict.decided).toBe(false);
    verdict.heard(stage('ready'), 40.5);
    expect(verdict.decided).toBe(true);
    expect(verdict.reason).toBeUndefined();
    expect(verdict.stages.at(-1)).toEqual({ name: 'ready', seconds: 40.5 });
  });

  it('when all checks exited with 0', () => {
    const verdict = after([['check', '0 fine'], ['check', '0'], ['ready']], ['one', 'two']);
    expect(verdict.reason).toBeUndefined();
  });

  it('when all of several nodes are ready', () => {
    const verdict = new Verdict(['a', 'b'], []);
    verdict.heard(stage('ready', '', 'a'), 1);
    expect(verdict.decided).toBe(false);
    verdict.heard(stage('ready', '', 'b'), 2);
    expect(verdict.decided).toBe(true);
    expect(verdict.reason).toBeUndefined();
    expect(verdict.stages.map((s) => s.name)).toEqual(['a ready', 'b ready']);
  });

  it('whatever the console says after ready, and if the machine ends then', () => {
    const verdict = after([['ready']]);
    verdict.found('test', finding('panic'));
    verdict.ended('test');
    expect(verdict.reason).toBeUndefined();
  });

  it('when a boot that broke off was followed by a whole one', () => {
    const verdict = after([['ipxe'], ['check', '1 old'], ['ipxe'], ['check', '0'], ['ready']], ['one']);
    expect(verdict.reason).toBeUndefined();
  });
});

describe('does not pass', () => {
  it('on a line of the console alone', () => {
    const verdict = after([['switch-root']]);
    verdict.found('test', finding('ready', '', false));
    expect(verdict.decided).toBe(false);
    verdict.timeout(300);
    expect(verdict.reason).toBe('not ready within 300 s, after stage switch-root');
  });

  it('on reports of a node that is not part of the test', () => {
    const verdict = new Verdict(['test'], []);
    verdict.heard(stage('ready', '', 'other'), 1);
    expect(verdict.decided).toBe(false);
  });

  it('with a failed check, which it names with its last line', () => {
    const verdict = after([['check', '0 fine'], ['check', '3 one\ntwo'], ['ready']], ['true', 'exit 3']);
    expect(verdict.decided).toBe(true);
    expect(verdict.reason).toBe('check "exit 3": exit code 3: two');
  });

  it('with a check that nobody reported, or in words', () => {
    expect(after([['ready']], ['true']).reason).toBe('check "true": not reported');
    expect(after([['check', 'fine'], ['ready']], ['true']).reason).toContain('exit code 1');
  });

  it('after a trap, reported or printed', () => {
    expect(after([['initramfs'], ['trap', 'memory needs 900']]).reason).toBe(
      'trap memory needs 900, after stage initramfs',
    );
    const verdict = after([['initramfs']]);
    verdict.found('test', finding('trap', 'needs 900'));
    expect(verdict.decided).toBe(true);
    expect(verdict.reason).toBe('trap code needs 900, after stage initramfs');
  });

  it('and gives the reason that tells most', () => {
    const verdict = after([['initramfs']]);
    verdict.found('test', finding('emergency'));
    verdict.ended('test');
    verdict.timeout(3);
    verdict.found('test', finding('trap', 'x'));
    expect(verdict.reason).toContain('trap code x');
  });

  it('without a stage: what iPXE said', () => {
    const verdict = after([]);
    verdict.found('test', finding('ipxe', 'Connection timed out', false));
    expect(verdict.decided).toBe(false);
    verdict.found('test', finding('no-boot-device', 'No bootable device'));
    expect(verdict.reason).toBe('No bootable device, before any stage; iPXE said: Connection timed out');
  });

  it('when one of several nodes failed, which it names', () => {
    const verdict = new Verdict(['a', 'b'], []);
    verdict.heard(stage('ready', '', 'a'), 1);
    verdict.ended('b', 'qemu failed');
    expect(verdict.decided).toBe(true);
    expect(verdict.reason).toBe('b: qemu failed, before any stage');
  });
});
