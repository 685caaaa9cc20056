import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CAUSES } from './causes.ts';
import { diagnose, type Known } from './diagnose.ts';
import type { BootState, SessionView } from './history.ts';
import type { LogLine } from './node-log.ts';
import { circle } from './why.ts';

const start = Date.parse('2026-05-01T10:00:00Z');

function boot(stages: string[], state: BootState = 'booting', at = start): SessionView {
  const iso = (n: number) => new Date(at + n * 1000).toISOString();
  return {
    session: '0'.repeat(32),
    node: 'n1',
    mac: '52:54:00:00:00:01',
    image: 'compute:7',
    digest: 'sha256:x',
    mode: 'ram',
    state,
    started: iso(0),
    stages: stages.map((text, index) => {
      const [name = '', ...detail] = text.split(' ');
      return { name, at: iso(index), seconds: index, step: 1, detail: detail.join(' ') || undefined };
    }),
  };
}

const line = (text: string): LogLine => ({ at: '', source: 'netconsole', line: text, authentic: false });
const known = (more: Partial<Known>): Known => ({
  image: 'compute',
  macs: ['52:54:00:00:00:01'],
  dhcp: true,
  seen: {},
  circle: { attempts: 1 },
  lines: [],
  overdue: false,
  ...more,
});
const loaded = ['ipxe', 'kernel', 'initrd', 'loaded'];
const trap = (detail: string) => known({ boot: boot([...loaded, 'initramfs', `trap ${detail}`], 'trap') });

describe('the class of the cause', () => {
  test.each<[string, Known, string, string | undefined]>([
    ['nothing was assigned', known({ image: undefined }), 'failed', 'no-image'],
    ['never seen', known({}), 'failed', 'no-dhcp'],
    ['never seen, and nobody looks', known({ dhcp: false }), 'failed', 'unseen'],
    ['nobody could be recognized', known({ macs: [] }), 'failed', 'no-mac'],
    ['just switched on', known({ seen: { firmware: start } }), 'waiting', undefined],
    ['no iPXE', known({ seen: { firmware: start }, overdue: true }), 'overdue', 'no-ipxe'],
    [
      'no script',
      known({ seen: { firmware: start, ipxe: start + 1 }, overdue: true }),
      'overdue',
      'no-script',
    ],
    [
      'refused',
      known({ seen: { ipxe: start, refused: start + 1, reason: 'no such image' } }),
      'failed',
      'refused',
    ],
    ['on its way', known({ boot: boot(loaded) }), 'waiting', undefined],
    ['script only', known({ boot: boot(['ipxe']), overdue: true }), 'overdue', 'no-kernel'],
    ['kernel only', known({ boot: boot(['ipxe', 'kernel']), overdue: true }), 'overdue', 'not-loaded'],
    ['silent', known({ boot: boot(loaded), overdue: true }), 'overdue', 'silent'],
    [
      'a slow download',
      known({ boot: boot([...loaded, 'initramfs', 'manifest']), overdue: true }),
      'overdue',
      'slow',
    ],
    [
      'services hang',
      known({ boot: boot([...loaded, 'switch-root']), overdue: true }),
      'overdue',
      'never-ready',
    ],
    [
      'in circles',
      known({ boot: boot(['ipxe']), circle: { attempts: 4, stage: 'kernel' } }),
      'failed',
      'not-loaded',
    ],
    ['expired', known({ boot: boot([...loaded, 'manifest'], 'lost') }), 'failed', 'gone'],
    [
      'panic',
      known({ boot: boot(loaded), lines: [line('x'), line('[ 1.2] Kernel panic - not syncing: VFS')] }),
      'failed',
      'panic',
    ],
    ['no card', trap('net-nonic no interface'), 'failed', 'network'],
    ['no carrier', trap('net-nocarrier eth0'), 'failed', 'network'],
    ['no address', trap('net-nodhcp eth0'), 'failed', 'network'],
    ['no node.conf', trap('conf-missing'), 'failed', 'node-initrd'],
    ['no manifest', trap('manifest-unreachable x'), 'failed', 'manifest'],
    ['another manifest', trap('manifest-invalid x'), 'failed', 'manifest'],
    ['bad signature', trap('manifest-signature x'), 'failed', 'signature'],
    ['memory', trap('memory needed 300 MiB'), 'failed', 'memory'],
    ['no layer', trap('layer-unreachable x'), 'failed', 'layer-unreachable'],
    ['corrupt layer', trap('layer-corrupt x'), 'failed', 'layer-corrupt'],
    ['NFS server away', trap('nfs-unreachable 192.0.2.1:/x'), 'failed', 'nfs-server'],
    ['no export', trap('nfs-path 192.0.2.1:/x'), 'failed', 'nfs-export'],
    ['no state', trap('state-missing x'), 'failed', 'state'],
    ['mount', trap('mount x'), 'failed', 'mount'],
    ['init', trap('init x'), 'failed', 'init'],
    ['files', trap('files /etc/hosts'), 'failed', 'files'],
    ['something else', trap('initramfs foo.service'), 'failed', 'initramfs'],
    ['a trap of the future', trap('quantum-decay x'), 'failed', 'initramfs'],
    ['ready', known({ boot: boot([...loaded, 'ready'], 'ready'), overdue: true }), 'ready', undefined],
    [
      'failed units',
      known({ boot: boot([...loaded, 'ready foo.service'], 'ready') }),
      'ready',
      'failed-units',
    ],
    ['failed check', known({ boot: boot([...loaded, 'check 3 no', 'ready'], 'ready') }), 'ready', 'check'],
    [
      'panic after ready',
      known({ boot: boot([...loaded, 'ready'], 'ready'), lines: [line('Kernel panic - not syncing: x')] }),
      'failed',
      'panic',
    ],
    [
      'switched on again',
      known({ boot: boot([...loaded, 'ready'], 'ready'), seen: { firmware: start + 60_000 } }),
      'waiting',
      undefined,
    ],
  ])('%s', (_, facts, state, cause) => {
    const found = diagnose(facts);
    expect([found.state, found.cause]).toEqual([state, cause]);
  });

  test('says what exactly', () => {
    expect(diagnose(trap('memory needed 300 MiB, total 200 MiB')).detail).toBe(
      'needed 300 MiB, total 200 MiB',
    );
    expect(diagnose(known({ seen: { refused: start, reason: 'no such image' } })).detail).toBe(
      'no such image',
    );
    expect(
      diagnose(known({ boot: boot(loaded), lines: [line('[ 1.2] Kernel panic - not syncing: VFS: x')] }))
        .detail,
    ).toBe('Kernel panic - not syncing: VFS: x');
  });

  test('every class is in the guide', () => {
    const guide = readFileSync(new URL('../../docs/guide/following-boots.md', import.meta.url), 'utf8');
    for (const name of Object.keys(CAUSES)) expect(guide).toContain(`| \`${name}\` |`);
  });
});

describe('going round in circles', () => {
  const at = (minutes: number) => start + minutes * 60_000;
  const lost = (stages: string[], minutes: number) => boot(stages, 'lost', at(minutes));
  test('is told from the boots before, up to the last good one', () => {
    const boots = [
      boot(['ipxe'], 'booting', at(9)),
      lost(['ipxe', 'kernel'], 8),
      lost(['ipxe'], 7),
      boot(['ready'], 'ready', at(6)),
      lost(['ipxe'], 5),
    ];
    expect(circle(boots, at(10))).toEqual({ attempts: 3, stage: 'kernel' });
  });
  test('not if it got further by now, and not from long ago', () => {
    expect(
      circle([boot(loaded, 'booting', at(9)), lost(['ipxe'], 8), lost(['ipxe'], 7)], at(10)).attempts,
    ).toBe(1);
    expect(
      circle([boot(['ipxe'], 'booting', at(200)), lost(['ipxe'], 8), lost(['ipxe'], 7)], at(201)).attempts,
    ).toBe(1);
    expect(circle([], at(0)).attempts).toBe(0);
  });
});
