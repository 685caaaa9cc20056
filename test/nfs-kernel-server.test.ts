/**
 * The kernel's NFS server: a virtual machine with Debian's kernel and Slipway as it is installed, its systemd units
 * too, from which other machines boot: DHCP, iPXE, HTTP and NFS all come from there. This host's kernel need not
 * have an NFS server. What modes do in full is shown with nfs-ganesha (nfs-boot, nfs-readonly): here it is what
 * depends on the server. What it keeps is on ext4, trees of nodes are overlays; SLIPWAY_TEST_STORE=btrfs (subvolumes)
 * or reflink (xfs) is to be tried by hand.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExports, type Entry } from '../src/nfs/exports/kernel.ts';
import { loadInstallation } from '../src/system/config.ts';
import { run } from '../src/system/process.ts';
import { workDirectory, type WorkDirectory } from '../src/system/workdir.ts';
import type { Disk } from '../src/vm/qemu.ts';
import { cachedImage } from './support/image-cache.ts';
import type { ClusterNode } from './support/nfs-cluster.ts';
import { ADDRESS, NfsServer } from './support/nfs-server/server.ts';
import { nodeAddress } from './support/nfs-server/site.ts';

const MINUTES = 60_000;
const UNITS = 'cp /opt/slipway/packaging/slipway*.service /etc/systemd/system/ && systemctl daemon-reload';
const NODES = '/srv/slipway/nodes/node';
const HEALTHY = 'systemctl is-system-running --wait || systemctl --failed --no-legend';

/** n1 and n2 have trees of their own; the others share one. */
const REGISTRY = {
  n1: { mode: 'nfs' },
  n2: { mode: 'nfs' },
  state: { mode: 'readonly' },
  disks: { mode: 'readonly', state: 'local' },
  memory: { mode: 'readonly', state: 'none' },
} as const;

const store = process.env['SLIPWAY_TEST_STORE'] as 'btrfs' | 'reflink' | undefined;
const stack = new AsyncDisposableStack();
let work: WorkDirectory;
let server: NfsServer;

const exported = async (): Promise<Entry[]> => parseExports(await server.ask('exportfs -s'));
const of = (all: Entry[], start: string) => all.filter(({ path }) => path.startsWith(start));

/** As this host, which is on the network and no node: a client of NFS in user space. */
const fromHost = async (version: 3 | 4, path: string, program = ['nfs-ls'], more = '') => {
  const argv = [...program, `nfs://${ADDRESS}${path}?version=${version}${more}`];
  // 255 and less: errors of NFS.
  const { code, stdout } = await server.network.namespace.run(argv, {
    okCodes: Array.from({ length: 256 }, (_, i) => i),
  });
  return { code, names: stdout.split('\n').flatMap((line) => line.split(/\s+/).at(-1) || []) };
};

/** A disk with a file system that has this label and these files. */
const disk = async (label: string, files: Record<string, string>): Promise<Disk> => {
  const [from, file] = [join(work.path, `files-${label}`), join(work.path, `${label}.img`)];
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(from, path, '..'), { recursive: true });
    writeFileSync(join(from, path), text);
  }
  mkdirSync(from, { recursive: true });
  await run(['mke2fs', '-q', '-t', 'ext4', '-L', label, '-d', from, file, '64M']);
  return { file, format: 'raw', serial: label };
};

/** Writes one number after the other until /run/stop is there; /run/failed is what went wrong. */
const WRITER = `
cat >/root/writer <<'END'
i=0
while [ ! -e /run/stop ]; do
    i=$((i + 1))
    echo $i >>/root/numbers && sync /root/numbers || echo $i >>/run/failed
    echo $i >/run/written
    sleep 0.2
done
END
systemd-run --quiet --unit=writer sh /root/writer`;
const written = async (node: ClusterNode) => Number(await node.ask('cat /run/written 2>/dev/null || echo 0'));
const goesOn = async (node: ClusterNode) => {
  const before = await written(node);
  while ((await written(node)) < before + 3);
};

beforeAll(async () => {
  const image = await cachedImage('test/recipes/readonly.yml');
  work = stack.use(await workDirectory(loadInstallation(image.root).paths, 'nfs-server'));
  server = stack.use(await NfsServer.open({ work: work.path, image, nodes: REGISTRY, store }));
  await server.ask(UNITS);
  await server.slipway('publish node --mode readonly --state nfs');
  await server.slipway('nfs add -n n1,n2 -i node');
  await server.ask('systemctl enable slipway-nfs slipway; systemctl start slipway');
  await server.listening();
}, 20 * MINUTES);
afterAll(async () => await stack.disposeAsync(), MINUTES);

describe('exports', () => {
  it('are those of records: to one node what is its own, to the network and read-only what all share', async () => {
    const all = await exported();
    expect(all).toHaveLength(3);
    for (const [number, name] of ['n1', 'n2'].entries()) {
      const [own, ...more] = of(all, `${NODES}/${name}`);
      expect(more).toEqual([]);
      expect(own?.client).toBe(nodeAddress(number + 1));
      expect(own?.options).toMatch(/^fsid=[0-9a-f-]{36},no_root_squash,rw$/);
    }
    const [shared, ...more] = of(all, '/srv/slipway/trees/');
    expect(more).toEqual([]);
    expect(shared?.client).toBe('198.18.87.0/24');
    expect(shared?.options).toMatch(/^all_squash,anongid=65533,anonuid=65533,fsid=[0-9a-f-]{36},ro$/);
    // Overlays, whose files the kernel finds by handles; nobody on the server runs what is in them.
    expect(await server.ask(`findmnt -no FSTYPE,OPTIONS ${NODES}/n1`)).toMatch(
      store === undefined
        ? /^overlay +rw,nosuid,nodev,noexec,.*index=on,nfs_export=on/
        : store === 'btrfs'
          ? /^btrfs +rw,nosuid,nodev,noexec,/
          : /^xfs +rw,nosuid,nodev,noexec,/,
    );
  });

  it('refuse another address', async () => {
    for (const version of [3, 4] as const) expect((await fromHost(version, `${NODES}/n1`)).code).not.toBe(0);
    const [shared] = of(await exported(), '/srv/slipway/trees/');
    const path = shared?.path ?? '';
    for (const version of [3, 4] as const) expect((await fromHost(version, path)).names).toContain('etc');
    // It is read, and not written.
    const own = join(work.path, 'own');
    writeFileSync(own, 'x');
    // It says nothing by its exit code.
    await fromHost(4, `${path}/own`, ['nfs-cp', own]);
    expect(await server.ask(`test -e ${path}/etc/passwd && ls -d ${path}/own 2>&1 || :`)).toContain(
      'No such file',
    );
    expect((await fromHost(4, `${path}/etc/passwd`, ['nfs-cat'])).code).toBe(0);
    // Whoever it says that it is.
    for (const who of ['uid=0&gid=0', 'uid=1000&gid=42', 'uid=65534&gid=65534'])
      for (const version of [3, 4] as const) {
        const { code, names } = await fromHost(version, `${path}/etc/shadow`, ['nfs-cat'], `&${who}`);
        expect([code === 0, names]).toEqual([false, []]);
      }
  });
});

describe('nodes with trees of their own', () => {
  let n1: ClusterNode;

  it(
    'two at once write, and see nothing of each other',
    async () => {
      const [one, two] = await Promise.all([server.boot('n1'), server.boot('n2')]);
      n1 = stack.use(one);
      await using n2 = two;
      for (const [name, node] of [
        ['n1', n1],
        ['n2', n2],
      ] as const) {
        expect(await node.ask('findmnt -no SOURCE,FSTYPE /; cat /etc/hostname')).toMatch(
          new RegExp(`^${ADDRESS}:${NODES}/${name} +nfs4\n${name}$`),
        );
        expect(await node.ask('findmnt -no OPTIONS /')).toMatch(/^rw,.*vers=4\.2.*hard/);
        expect(await node.ask(HEALTHY)).toBe('running');
      }
      await n1.ask(
        'echo of n1 >/srv/file; ln /srv/file /srv/hard; chown 12:34 /srv/file; rm /etc/issue; sync /srv/file',
      );
      expect(await n2.ask('ls -d /srv/* /etc/issue 2>&1 || :')).toMatch(/\/etc\/issue$/m);
      expect(await n2.ask('ls /srv')).not.toContain('file');
      // As root of one node: nothing of another.
      const mount = `mount -i -t nfs4 -o addr=${ADDRESS},clientaddr=${nodeAddress(2)} ${ADDRESS}:${NODES}/n1 /mnt 2>&1`;
      expect(await n2.ask(`${mount} || :`)).toMatch(/does not exist|denied|not permitted/);

      // Its tree is its root: it is not removed by accident, and else nothing of it is exported any more.
      const { code, said } = await server.slipway('nfs rm -n n2 -i node', [0, 1]);
      expect(said).toContain('n2');
      expect(code).toBe(1);
      await server.slipway('nfs rm -n n2 -i node --force');
      expect((await exported()).map(({ path }) => path)).not.toContain(`${NODES}/n2`);
      expect(await server.ask(`test -e ${NODES}/n2 || echo gone`)).toBe('gone');
      await expect(n2.ask('ls /usr/share/misc /var/lib/dpkg')).rejects.toThrow();
    },
    12 * MINUTES,
  );

  it(
    'the NFS server is stopped and started: a node that writes waits',
    async () => {
      await n1.ask(WRITER);
      await goesOn(n1);
      await server.ask('systemctl stop nfs-server && cat /proc/fs/nfsd/threads');
      await server.ask('systemctl start nfs-server');
      await goesOn(n1);
      expect(await n1.ask('cat /run/failed 2>/dev/null || echo none')).toBe('none');
    },
    5 * MINUTES,
  );

  describe('and nodes that share one', () => {
    let state: ClusterNode;

    it(
      'one keeps its state on the server, another on a disk of its own',
      async () => {
        const disks = [
          await disk('other', { precious: 'data\n' }),
          await disk('scratch', { 'old/file': 'of the last boot\n' }),
          await disk('keep', { 'var/lib/kept/file': 'of the last boot\n' }),
        ];
        const both = await Promise.all([server.boot('state'), server.boot('disks', disks)]);
        state = stack.use(both[0]);
        await using local = both[1];
        for (const node of both) {
          expect(await node.ask(HEALTHY)).toBe('running');
          expect(await node.ask('findmnt -no FSTYPE,OPTIONS /')).toMatch(/^overlay +ro,/);
          expect(await node.ask('touch /usr/x 2>&1 || :')).toContain('Read-only file system');
          expect(await node.ask('getent shadow root | cut -d : -f 1; ls -A /root/.ssh')).toBe(
            'root\nauthorized_keys',
          );
          expect(await node.ask('mount -o remount,rw / && touch /usr/x && mount -o remount,ro /')).toBe('');
        }
        expect(await server.ask('ls /srv/slipway/trees/*/usr')).not.toMatch(/^x$/m);

        expect(await state.ask('findmnt -no FSTYPE /var/lib/kept; cat /var/lib/kept/file')).toBe(
          'nfs4\nimage',
        );
        await state.ask('echo of state >/var/lib/kept/file; chown 12:34 /var/lib/kept/file; sync');
        const kept = '/var/lib/slipway/nfs/state/state/var/lib/kept/file';
        expect(await server.ask(`cat ${kept}; stat -c %u:%g ${kept}`)).toBe('of state\n12:34');
        const [own] = of(await exported(), '/srv/slipway/state/');
        expect(own?.client).toBe(nodeAddress(3));
        expect(own?.options).toMatch(/,no_root_squash,rw$/);

        expect(await local.ask('cat /var/lib/kept/file; ls -A /var/lib/stateless/writable')).toMatch(
          /^of the last boot\n(?!.*old)/,
        );
        await local.ask('echo now >/var/lib/kept/file; echo x >/tmp/x; systemctl poweroff');
        await local.guest.ended;
        const read = async (file = '', path: string) =>
          (await run(['debugfs', '-R', `cat ${path}`, file])).stdout;
        const [other, scratch, keep] = disks.map(({ file }) => file);
        expect(await read(other, 'precious')).toBe('data\n');
        expect(await read(scratch, 'tmp/x')).toBe('x\n');
        expect(await read(keep, 'var/lib/kept/file')).toBe('now\n');
      },
      12 * MINUTES,
    );

    it(
      'the server starts anew: everything is back from its records, and nodes that are up go on',
      async () => {
        const before = await exported();
        await server.reboot({ version: '3' });
        await server.listening();
        expect(await exported()).toEqual(before);
        await goesOn(n1);
        await n1.ask('touch /run/stop; while systemctl is-active --quiet writer; do sleep 0.1; done');
        expect(await n1.ask('cat /run/failed 2>/dev/null || echo none')).toBe('none');
        expect(await n1.ask('seq $(cat /run/written) | cmp - /root/numbers')).toBe('');
        expect(await state.ask('cat /var/lib/kept/file; ls -d /usr/bin/rsync; stat -c %h /etc/passwd')).toBe(
          'of state\n/usr/bin/rsync\n1',
        );
        await state.ask('echo more >>/var/lib/kept/file; sync');
      },
      8 * MINUTES,
    );
  });

  it(
    'a reboot keeps what was written; now by version 3, and beside a node that has its tables in memory',
    async () => {
      await n1.shell.run('systemctl reboot', { okCodes: [0, 255] });
      await n1.guest.ended;
      await n1[Symbol.asyncDispose]();
      const both = await Promise.all([server.boot('n1'), server.boot('memory')]);
      await using again = both[0];
      await using memory = both[1];
      expect(await again.ask('findmnt -no FSTYPE,OPTIONS /')).toMatch(/^nfs +rw,.*vers=3,.*nolock/);
      expect(await again.ask('cat /srv/hard; stat -c "%u:%g %h" /srv/file; ls /etc/issue 2>&1 || :')).toMatch(
        /^of n1\n12:34 2\n.*No such file/,
      );
      expect(await again.ask('tail -n 1 /root/numbers')).toMatch(/^\d+$/);

      expect(await memory.ask('findmnt -no FSTYPE,OPTIONS /')).toMatch(/^overlay +ro,/);
      expect(await memory.ask('stat -f -c %T /tmp /var/log; cat /var/lib/kept/file')).toBe(
        'tmpfs\ntmpfs\nimage',
      );
      expect(
        await memory.ask('echo x >/var/lib/app/x && cat /var/lib/app/x; touch /etc/x 2>&1 || :'),
      ).toMatch(/^x\n.*Read-only/);
      for (const node of both) expect(await node.ask(HEALTHY)).toBe('running');
    },
    12 * MINUTES,
  );
});
