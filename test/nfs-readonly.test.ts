/**
 * Mode readonly: nodes share one tree, write by rwtab into memory or onto a partition that is wiped at each boot, and
 * keep by statetab on the NFS server or on a partition of their own. What is asked for and missing ends the boot.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { exportedTree, treeRoot } from '../src/nfs/store.ts';
import { run } from '../src/system/process.ts';
import type { Disk } from '../src/vm/qemu.ts';
import { cachedImage, type CachedImage } from './support/image-cache.ts';
import { Cluster, mountedBelow, type ClusterNode } from './support/nfs-cluster.ts';

const MINUTES = 60_000;
const HEALTHY = 'systemctl is-system-running --wait || systemctl --failed --no-legend';

let image: CachedImage;
let cluster: Cluster;
const stack = new AsyncDisposableStack();

/** Every file of the shared tree, with all that is known of it. */
const treeOf = async () => {
  const { paths } = cluster.installation;
  const { generation } = await (await Catalog.open(paths)).resolve(image.ref);
  const find = ['find', treeRoot(paths, generation.digest), '-printf', '%P %m %U:%G %s %T@ %C@ %l\\n'];
  return (await run(find)).stdout;
};

/** A disk with a file system that has this label and these files. */
const disk = async (label: string, files: Record<string, string>): Promise<Disk> => {
  const { root } = cluster.installation.paths;
  const [from, file] = [join(root, `files-${label}`), join(root, `${label}.img`)];
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(from, path, '..'), { recursive: true });
    writeFileSync(join(from, path), text);
  }
  await run(['mkfs.ext4', '-q', '-L', label, '-d', from, file, '64M']);
  return { file, format: 'raw', serial: label };
};

/** Off, with everything on its disks. */
const switchOff = async (node: ClusterNode) => {
  await node.shell.run('systemctl poweroff', { okCodes: [0, 255] });
  await node.guest.ended;
  expect(node.guest.lines().join('\n')).toContain('reboot: Power down');
  await node[Symbol.asyncDispose]();
};

const boot = async (name: string, disks?: Disk[]) =>
  stack.use(await cluster.ready(name, stack.use(await cluster.switchOn(name, disks))));

beforeAll(async () => {
  image = await cachedImage('test/recipes/readonly.yml');
  const file = { files: { '/var/lib/kept/of-the-registry': 'new\n', '/etc/motd': 'of this node\n' } };
  const nodes = { n1: file, n2: file, n3: { settings: { state: 'local' as const } } };
  cluster = stack.use(await Cluster.open({ image, nodes }));
  const said = await cluster.slipway('publish', image.ref, '--mode', 'readonly', '--state', 'nfs');
  expect(said).toMatch(
    /is published in mode readonly: a tree of .*, \d+ files that are private, [\d.]+ KiB in/,
  );
  await cluster.slipway('boot', 'set', '-n', 'n1,n2,n3', '-i', image.ref, '--mode', 'readonly');
  await cluster.serve();
}, 15 * MINUTES);
afterAll(async () => {
  expect(mountedBelow(cluster.installation.paths.root)).toEqual([]);
  await stack.disposeAsync();
}, MINUTES);

describe('diskless, with state on NFS', () => {
  let n1: ClusterNode;
  let n2: ClusterNode;
  let tree: string;

  it(
    'two nodes boot from one tree, with nothing that fails',
    async () => {
      tree = await treeOf();
      [n1, n2] = await Promise.all([boot('n1'), boot('n2')]);
      for (const node of [n1, n2]) expect(await node.ask(HEALTHY)).toBe('running');
    },
    10 * MINUTES,
  );

  it('what others may not read comes apart from the tree, which is read as nobody', async () => {
    const { paths } = cluster.installation;
    const { generation } = await (await Catalog.open(paths)).resolve(image.ref);
    const shadow = readFileSync(join(treeRoot(paths, generation.digest), 'etc/shadow'), 'utf8');
    // A password can be checked.
    expect(`${await n1.ask('getent shadow root')}\n`).toBe(/^root:.*\n/m.exec(shadow)?.[0]);
    expect(await n1.ask('stat -c "%a %U:%G" /etc/shadow /root')).toBe('640 root:shadow\n700 root:root');
    expect(await n2.ask('runuser -u nobody -- cat /etc/shadow /root/x 2>&1 || :')).toMatch(
      /^(cat: .*Permission denied\n?){2}$/,
    );
    expect(await n2.ask('findmnt -no SOURCE,TARGET /run/slipway/store; ls -A /run/slipway/store')).toMatch(
      /^slipway-store +\S+\n0$/,
    );
    // Somebody on the network, who says that he is root, or in the group that may.
    const at = exportedTree(paths, generation.digest);
    const cat = async (path: string, who: string) =>
      await cluster.network.namespace.run(['nfs-cat', `nfs://198.18.87.1${at}${path}?version=4&${who}`], {
        okCodes: Array.from({ length: 256 }, (_, code) => code),
      });
    expect((await cat('/etc/passwd', 'uid=0&gid=0')).stdout).toContain('root:x:0:0:');
    for (const who of ['uid=0&gid=0', 'uid=1000&gid=42', 'uid=65534&gid=65534']) {
      const { stdout, stderr } = await cat('/etc/shadow', who);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/ACCESS|PERM/);
    }
  });

  it('only what tables name can be written to', async () => {
    expect(await n1.ask('findmnt -no FSTYPE /; findmnt -no OPTIONS / | cut -d , -f 1')).toBe('overlay\nro');
    expect(await n1.ask('cat /etc/hostname /etc/motd; stat -c %a /etc/machine-id')).toBe(
      'n1\nof this node\n444',
    );
    for (const path of ['/etc/x', '/usr/x', '/var/lib/x', '/srv/x', '/x'])
      expect(await n1.ask(`touch ${path} 2>&1 || :`)).toContain('Read-only file system');
    for (const path of [
      '/tmp/x',
      '/var/tmp/x',
      '/var/log/x',
      '/var/lib/app/x',
      '/var/lib/app/deep/x',
      '/root/x',
    ])
      expect(await n1.ask(`touch ${path}`)).toBe('');
    expect(await n1.ask('echo changed >/etc/mutable.conf; stat -c %a:%U /etc/mutable.conf')).toBe('640:root');
    expect(await n2.ask('cat /etc/mutable.conf; ls /tmp/x 2>&1 || :')).toMatch(
      /^of the image\n.*No such file/,
    );
  });

  it('tables mean what they say', async () => {
    // dirs: the directories alone; files: all; what lies below another that is listed is part of its bind.
    expect(await n1.ask('test ! -e /var/log/of-the-build; ls -d /var/log/apt')).toBe('/var/log/apt');
    expect(await n1.ask('stat -c %a:%U:%G /var/lib/app; cat /var/lib/app/deep/file; stat -c %a /tmp')).toBe(
      '2750:games:news\nimage\n1777',
    );
    const bound = await n1.ask(
      "findmnt -rno TARGET | grep -E '^/(var|etc|tmp|root|srv)' | sort | tr '\\n' ' '",
    );
    expect(bound).toBe(
      '/etc/kept.conf /etc/mutable.conf /root /tmp /var/cache /var/lib/app /var/lib/kept /var/lib/stateless/state ' +
        '/var/lib/systemd /var/log /var/tmp',
    );
    const said = await n1.ask('cat /run/slipway/boot.log');
    expect(said).toContain('files /srv/out is passed over: leads to /proc/1');
    expect(said).toContain('files /srv/* is passed over: patterns are not expanded');
    expect(said).toContain('dirs /../../etc is passed over: not an absolute path');
  });

  it("what would do it twice, or take it back, does not run: readonly-root, and fstab's /", async () => {
    expect(
      await n1.ask('test ! -e /run/readonly-root-ran; systemctl is-enabled readonly-root.service || :'),
    ).toBe('masked-runtime');
    expect(await n1.ask('systemctl is-enabled systemd-remount-fs.service || :')).toBe('masked-runtime');
  });

  it('state is seeded from the image, and each node has its own', async () => {
    expect(await n1.ask('cat /var/lib/kept/file /etc/kept.conf /var/lib/kept/of-the-registry')).toBe(
      'image\nof the image\nnew',
    );
    expect(await n1.ask('findmnt -no FSTYPE /var/lib/kept')).toBe('nfs4');
    await n1.ask('echo of n1 >/var/lib/kept/file; echo mine >/etc/kept.conf; rmdir /var/lib/kept/sub; sync');
    await n1.ask('echo old >/var/lib/kept/of-the-registry; chown 12:34 /var/lib/kept/file');
    expect(await n2.ask('cat /var/lib/kept/file /etc/kept.conf; ls -d /var/lib/kept/sub')).toBe(
      'image\nof the image\n/var/lib/kept/sub',
    );
    // Another node's state is not given to it.
    const at = await n1.ask("findmnt -no SOURCE /var/lib/kept | sed 's,/var/lib/kept.*,,; s,\\[.*,,'");
    const options = 'vers=4.2,addr=198.18.87.1,clientaddr=198.18.87.12';
    await expect(n2.ask(`mount -i -t nfs4 -o ${options} ${at} /mnt 2>&1`)).rejects.toThrow();
  });

  it('remount,rw makes the root writable, in memory', async () => {
    await n1.ask('mount -o remount,rw /');
    await n1.ask('echo changed >/etc/issue; rm /etc/os-release; mkdir /new; echo x >>/usr/bin/rsync; sync');
    await n1.ask('mount -o remount,ro /');
    expect(await n1.ask('cat /etc/issue; touch /new/x 2>&1 || :')).toMatch(/^changed\n.*Read-only/);
    expect(await n1.ask('echo more >/var/lib/app/x; cat /var/lib/app/x')).toBe('more');
    expect(await n2.ask('cat /etc/issue; ls -d /new 2>&1 || :')).toMatch(/^Debian[^]*No such/);
    expect(await treeOf()).toBe(tree);
  });

  it(
    'after a reboot, state is there and all else as the image has it; a node may have all writable',
    async () => {
      await Promise.all([switchOff(n1), switchOff(n2)]);
      await cluster.slipway('node', 'set', 'n2', '--writable', 'all', '--state', 'none');
      [n1, n2] = await Promise.all([boot('n1'), boot('n2')]);
      expect(await n1.ask('cat /var/lib/kept/file /etc/kept.conf; stat -c %u:%g /var/lib/kept/file')).toBe(
        'of n1\nmine\n12:34',
      );
      expect(await n1.ask('ls -d /var/lib/kept/sub 2>&1 || :')).toContain('No such file');
      // The registry's files win.
      expect(await n1.ask('cat /var/lib/kept/of-the-registry')).toBe('new');
      expect(await n1.ask('cat /etc/mutable.conf; ls /tmp/x /new 2>&1 || :; cat /etc/os-release')).toMatch(
        /^of the image\n(.*No such file.*\n){2}PRETTY_NAME/,
      );
      expect(await n1.ask(HEALTHY)).toBe('running');

      expect(await n2.ask('getent shadow root | cut -d : -f 1; echo x >>/etc/shadow')).toBe('root');
      expect(await n2.ask('touch /etc/x /usr/x; findmnt -no OPTIONS / | cut -d , -f 1')).toBe('rw');
      expect(await n2.ask('cat /var/lib/kept/file; findmnt -rno TARGET | grep -c kept || :')).toBe(
        'image\n0',
      );
      expect(await n2.ask(HEALTHY)).toBe('running');
      expect(await treeOf()).toBe(tree);
      await Promise.all([switchOff(n1), switchOff(n2)]);
    },
    12 * MINUTES,
  );
});

describe('diskful', () => {
  it(
    'without its partition a node ends in the trap',
    async () => {
      const other = await disk('other', { precious: 'data\n' });
      {
        await using guest = await cluster.switchOn('n3', [other]);
        await expect(cluster.ready('n3', guest)).rejects.toThrow(
          /trap.*state-missing.*no disk of .*node is LABEL=keep/,
        );
      }
      expect((await run(['debugfs', '-R', 'cat precious', other.file])).stdout).toBe('data\n');
    },
    6 * MINUTES,
  );

  it(
    'the writable partition is wiped, the one for state is kept, others are not touched',
    async () => {
      const disks = [
        await disk('other', { precious: 'data\n' }),
        await disk('scratch', { 'old/file': 'of the last boot\n', '.hidden': 'x\n' }),
        await disk('keep', { 'var/lib/kept/file': 'of the last boot\n', files: '/var/lib/app\n' }),
      ];
      const n3 = await boot('n3', disks);
      expect(await n3.ask(HEALTHY)).toBe('running');
      expect(await n3.ask('findmnt -no SOURCE /tmp; findmnt -no SOURCE /var/lib/kept')).toMatch(
        /^\/dev\/vd\w\[\/tmp\]\n\/dev\/vd\w\[\/var\/lib\/kept\]$/,
      );
      expect(await n3.ask('ls -A /var/lib/stateless/writable')).toBe('etc\nlost+found\nroot\ntmp\nvar');
      expect(await n3.ask('cat /var/lib/kept/file /var/lib/app/deep/file')).toBe('of the last boot\nimage');
      // In both tables: what is kept lies over what is writable.
      expect(await n3.ask("findmnt -rno TARGET | grep -c '^/var/lib/app$'")).toBe('2');
      await n3.ask('echo now >/var/lib/kept/file; echo now >/var/lib/app/x; touch /tmp/x');
      await switchOff(n3);
      const [other = '', scratch = '', keep = ''] = disks.map(({ file }) => file);
      const debugfs = async (file: string, words: string) =>
        (await run(['debugfs', '-R', words, file])).stdout;
      expect(await debugfs(other, 'cat precious')).toBe('data\n');
      expect(await debugfs(keep, 'cat var/lib/kept/file')).toBe('now\n');
      expect(await debugfs(keep, 'cat var/lib/app/x')).toBe('now\n');
      expect(await debugfs(scratch, 'ls -p tmp')).toContain('/x/');
      for (const file of [scratch, keep]) await run(['e2fsck', '-f', '-n', file]);
    },
    8 * MINUTES,
  );
});

it('console logs tell what was done', () => {
  const { logs } = cluster.installation.paths;
  expect(readFileSync(join(logs, 'n1-1.console.log'), 'utf8')).toContain(
    'slipway: writable: tables; state: 198.18.87.1:',
  );
});
