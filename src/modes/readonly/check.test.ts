import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  chownSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkReadonly, OWN_RWTAB, OWN_STATETAB } from './check.ts';
import { placeOf, readTables } from './tables.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'readonly-')));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
const link = (path: string, target: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
};
const directory = (...paths: string[]) => {
  for (const path of paths) mkdirSync(join(root, path), { recursive: true });
};
const found = async (state?: 'none' | 'nfs') =>
  (await checkReadonly(root, await readTables(root), state)).uncovered.map(({ path }) => path);

describe('readTables', () => {
  it('reads as the initramfs does: types, words, comments, leftovers, settings', async () => {
    put({
      '/etc/rwtab': '# x\nempty\t/tmp\ndirs /var/log more\nbad /x\n\nfiles\t/a',
      '/etc/rwtab.d/b': 'files /b\n',
      '/etc/rwtab.d/a.rpmsave': 'files /no\n',
      '/etc/rwtab.d/a~': 'files /no\n',
      '/etc/statetab.d/s': '/s /t\n#/u\n',
      '/etc/default/readonly-root': 'READONLY=yes # x\nCLIENTSTATE="10.0.0.1:/s"\n',
    });
    const tables = await readTables(root);
    expect(tables.rwtab.map(({ type, path, line }) => [type, path, line])).toEqual([
      ['empty', '/tmp', 2],
      ['dirs', '/var/log', 3],
      ['files', '/a', 6],
      ['files', '/b', 1],
    ]);
    expect(tables.statetab.map(({ path }) => path)).toEqual(['/s', '/t']);
    expect(tables).toMatchObject({
      wanted: true,
      clientState: '10.0.0.1:/s',
      files: ['/etc/rwtab', '/etc/rwtab.d/b', '/etc/statetab.d/s'],
    });
  });

  it('reads nothing of this host', async () => {
    const host = `${root}-host`;
    mkdirSync(host);
    try {
      writeFileSync(join(host, 'tab'), 'files /host\n');
      link('/etc/rwtab', join(host, 'tab'));
      link('/etc/rwtab.d', host);
      link('/etc/statetab', '/etc/statetab');
      expect(await readTables(root)).toMatchObject({ rwtab: [], statetab: [], files: [] });
    } finally {
      rmSync(host, { recursive: true });
    }
  });
});

describe('placeOf', () => {
  it('follows links inside of the tree', async () => {
    directory('/run/lock', '/srv/deep');
    link('/var/lock', '../../../../run/lock');
    link('/data', '/srv/deep');
    link('/a', '/a');
    expect(await placeOf(root, '/data')).toEqual({ path: '/srv/deep', there: true, memory: false });
    expect(await placeOf(root, '/var/lock')).toEqual({ path: '/run/lock', there: true, memory: true });
    expect(await placeOf(root, '/none')).toEqual({ path: '/none', there: false, memory: false });
    for (const bad of ['/a', '/', 'x', '/../x', '/x*', '/proc/1', '/x y'])
      expect((await placeOf(root, bad)).reason).toBeDefined();
  });
});

describe('checkReadonly', () => {
  const unit = (name: string, text: string, wanted = 'multi-user.target') => {
    put({ [`/usr/lib/systemd/system/${name}`]: text });
    if (wanted) link(`/etc/systemd/system/${wanted}.wants/${name}`, `/usr/lib/systemd/system/${name}`);
  };

  it('names what units write to that start, and who', async () => {
    directory('/var/lib/app', '/var/spool/q', '/var/log', '/tmp');
    put({
      '/etc/rwtab': 'dirs /var/log\nempty /tmp\n',
      '/usr/lib/systemd/system/multi-user.target': '[Unit]\n',
    });
    unit(
      'app.service',
      '[Service]\nStateDirectory=app other:alias\nLogsDirectory=app\nRuntimeDirectory=app\nPIDFile=/run/app.pid\n',
    );
    unit(
      'dyn.service',
      '[Service]\nDynamicUser=yes\nCacheDirectory=dyn\nReadWritePaths=-/var/spool/q /run/x /etc\nPIDFile=/var/dyn.pid\n',
    );
    unit('off.service', '[Service]\nStateDirectory=off\n', '');
    unit('sock.socket', '[Socket]\nListenStream=/var/sock\nListenStream=22\n', 'sockets.target');
    put({ '/usr/lib/systemd/system/sock.service': '[Service]\nStandardOutput=append:/var/sock.log\n' });
    put({ '/usr/lib/systemd/system/sockets.target': '[Unit]\n' });
    unit('gone.service', '[Service]\nStateDirectory=gone\n');
    link('/etc/systemd/system/gone.service', '/dev/null');
    unit('reset.service', '[Service]\nStateDirectory=reset\n');
    put({ '/etc/systemd/system/reset.service.d/x.conf': '[Service]\nStateDirectory=\n' });
    unit('postfix.service', '[Service]\n');
    expect(await found()).toEqual([
      '/var/cache/private/dyn', '/var/dyn.pid', '/var/lib/app', '/var/lib/other', '/var/lib/postfix', '/var/sock',
      '/var/sock.log', '/var/spool/postfix', '/var/spool/q',
    ]); // prettier-ignore
    const { uncovered } = await checkReadonly(root, await readTables(root));
    expect(uncovered.find(({ path }) => path === '/var/lib/app')).toEqual({
      path: '/var/lib/app',
      by: ['app.service'],
      why: ['StateDirectory'],
      line: 'files\t/var/lib/app',
      there: true,
    });
  });

  it('knows templates, timers, and what tables cover: statetab with state only', async () => {
    directory('/var/lib/t');
    put({
      '/etc/rwtab': 'empty /none\n',
      '/etc/statetab': '/var/lib/t\n',
      '/usr/lib/systemd/system/multi-user.target': '[Unit]\nWants=t@one.service\n',
      '/usr/lib/systemd/system/timers.target': '[Unit]\nWants=n.timer\n',
      '/usr/lib/systemd/system/t@.service': '[Service]\nStateDirectory=t/%i t\n',
      '/usr/lib/systemd/system/n.timer': '[Timer]\nPersistent=true\n',
      '/usr/lib/systemd/system/n.service': '[Service]\nStateDirectory=n\n',
    });
    expect(await found()).toEqual(['/var/lib/n', '/var/lib/systemd/timers', '/var/lib/t']);
    expect(await found('nfs')).toEqual(['/var/lib/n', '/var/lib/systemd/timers']);
    expect((await checkReadonly(root, await readTables(root))).idle).toEqual([
      { file: '/etc/rwtab', line: 1, text: '/none', reason: 'the image has no such path' },
    ]);
  });

  it('knows tmpfiles.d, and whose directories are', async () => {
    directory('/var/lib/there', '/var/lib/munge', '/var/lib/people');
    chownSync(join(root, '/var/lib/munge'), 123, 1);
    chownSync(join(root, '/var/lib/people'), 1000, 1);
    put({
      '/etc/passwd': 'root:x:0:0::/:\nmunge:x:123:1::/:\nann:x:1000:1::/:\n',
      '/etc/rwtab': 'empty /x\n',
      '/usr/lib/tmpfiles.d/a.conf':
        'd /var/lib/there 0755\nd /var/lib/new\nD! /var/d/\nr /var/r\nL- /var/l - - - - x\nf^ /var/c\nd /run/x\nw /var/%m\n',
      '/usr/lib/tmpfiles.d/b.conf': 'd /var/hidden\n',
      '/etc/tmpfiles.d/b.conf': '',
    });
    const { uncovered } = await checkReadonly(root, await readTables(root));
    expect(uncovered.map(({ path, by }) => [path, by])).toEqual([
      ['/var/d', ['/usr/lib/tmpfiles.d/a.conf']],
      ['/var/lib/munge', ['user munge']],
      ['/var/lib/new', ['/usr/lib/tmpfiles.d/a.conf']],
    ]);
  });

  it("without tables counts with Slipway's own, which are those of the initramfs", async () => {
    directory('/var/lib/systemd');
    put({
      '/usr/lib/systemd/system/multi-user.target': '[Unit]\nWants=a.service\n',
      '/usr/lib/systemd/system/a.service': '[Service]\nStateDirectory=systemd/x app\n',
    });
    expect(await found()).toEqual(['/var/lib/app']);
    const tables = join(import.meta.dirname, '../../initramfs/dracut/90slipway/tables');
    const paths = (name: string) =>
      [...readFileSync(join(tables, name), 'utf8').matchAll(/^(?:\w+\t)?(\/.*)$/gm)].map(([, path]) => path);
    expect(paths('rwtab')).toEqual(OWN_RWTAB);
    expect(paths('statetab')).toEqual(OWN_STATETAB);
  });

  it('ends with hostile trees: loops, files without end, what is no file', async () => {
    link('/usr/lib/systemd/system', '/usr/lib/systemd/system');
    link('/etc/tmpfiles.d', '/proc/self');
    link('/etc/passwd', '/dev/zero');
    link('/var', '/');
    expect(await found()).toEqual([]);
  });
});
