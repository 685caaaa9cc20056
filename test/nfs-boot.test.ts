/**
 * Nodes with a root of their own on an NFS server, nfs-ganesha of `slipway serve`: what they write stays, others
 * do not see it, and a server that goes away and comes back, at a boot or later, harms nothing.
 */
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { bootFiles } from '../src/nfs/private/boot-files.ts';
import { run, start } from '../src/system/process.ts';
import { reconcileWork } from '../src/system/workdir.ts';
import { cachedImage, privateCopy, SLIPWAY, type CachedImage } from './support/image-cache.ts';
import { Cluster, mountedBelow, mountStatistics, type ClusterNode } from './support/nfs-cluster.ts';
import { traces } from './support/tiny.ts';

const MINUTES = 60_000;
const NAMES = ['n1', 'n2', 'n3'];

let image: CachedImage;
let cluster: Cluster;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  image = await cachedImage('examples/debian-compute.yml');
  const nodes = Object.fromEntries(
    NAMES.map((name) => [name, { files: { '/etc/motd': `This is ${name}.\n` } }]),
  );
  cluster = stack.use(await Cluster.open({ image, nodes }));
  const all = NAMES.join(',');
  await cluster.slipway('nfs', 'add', '-n', all, '-i', image.ref);
  await cluster.slipway('boot', 'set', '-n', all, '-i', image.ref, '--mode', 'nfs');
  await cluster.slipway('nfs', 'rm', '-n', 'n3', '-i', image.ref.replace(/:\d+$/, ''));
  await cluster.serve();
}, 15 * MINUTES);
afterAll(async () => {
  const { root } = cluster.installation.paths;
  expect(mountedBelow(root)).toEqual([]);
  await stack.disposeAsync();
}, MINUTES);

describe('trees of nodes', () => {
  let n1: ClusterNode;
  let n2: ClusterNode;

  it(
    'a node without one is told the command that helps',
    async () => {
      const refused = cluster.slipway('boot', 'set', '-n', 'n3', '-i', image.ref, '--mode', 'nfs');
      await expect(refused).rejects.toThrow();
      await using guest = await cluster.switchOn('n3');
      await cluster.until(() => guest.lines().join('\n').includes('slipway nfs add'), guest);
      expect(guest.lines().join('\n')).toMatch(/n3 cannot boot: Node n3 has no tree of debian-compute/);
      expect(cluster.reports).toEqual([]);
    },
    3 * MINUTES,
  );

  it(
    'nodes wait for an NFS server that does not answer, and come up once it does',
    async () => {
      cluster.signalNfs('SIGSTOP');
      const [one, two] = [stack.use(await cluster.switchOn('n1')), stack.use(await cluster.switchOn('n2'))];
      const waits = () => one.lines().some((line) => line.includes('slipway: NFS: trying again'));
      await cluster.until(waits, one);
      cluster.signalNfs('SIGCONT');
      n1 = stack.use(await cluster.ready('n1', one));
      n2 = stack.use(await cluster.ready('n2', two));
      for (const { stages } of [n1, n2]) {
        // That of `services` comes right before or after the last one.
        const names = new Set(stages.map(({ stage }) => stage).filter((stage) => stage !== 'services'));
        expect([...names]).toEqual(['ipxe', 'loaded', 'initramfs', 'root', 'switch-root', 'ready']);
      }
    },
    12 * MINUTES,
  );

  it('have their own name, files and tree, from the first line of the journal on', async () => {
    const { version = '' } =
      (await (await Catalog.open(cluster.installation.paths)).resolve(image.ref)).config.kernel ?? {};
    const ids: string[] = [];
    for (const [name, node] of [
      ['n1', n1],
      ['n2', n2],
    ] as const) {
      expect(await node.ask('findmnt -no FSTYPE /')).toBe('nfs4');
      expect(await node.ask('findmnt -no SOURCE /')).toMatch(
        new RegExp(`^198\\.18\\.87\\.1:/.*/nodes/debian-compute/${name}$`),
      );
      expect(await node.ask('findmnt -no OPTIONS /')).toMatch(/^rw,.*vers=4\.2.*hard/);
      expect(await node.ask('cat /etc/hostname /proc/sys/kernel/hostname /etc/motd')).toBe(
        `${name}\n${name}\nThis is ${name}.`,
      );
      expect(await node.ask('uname -r')).toBe(version);
      // Before that it was the initramfs that wrote.
      const hosts = `journalctl -b -o short | sed -n '/Switching root/,$p' | awk '{ print $4 }' | sort -u`;
      expect(await node.ask(hosts)).toBe(name);
      expect(await node.ask('systemctl is-system-running || systemctl --failed --no-legend')).toBe('running');
      ids.push(await node.ask('cat /etc/machine-id'));
    }
    expect(new Set(ids).size).toBe(2);
  });

  it('are written by their node alone', async () => {
    await n1.ask(
      'mkdir -p /srv/work; echo of n1 >/srv/work/file; ln /srv/work/file /srv/work/hard; rm /etc/issue; sync',
    );
    await n1.ask('chown 12:34 /srv/work/file; cp /bin/true /srv/work/true; chmod 4755 /srv/work/true');
    expect(await n2.ask('test -e /etc/issue && ls /srv')).toBe('');
    await n2.ask('echo of n2 >/srv/file');
    expect(await n1.ask('ls /srv; stat -c "%u:%g %h" /srv/work/file; stat -c %a /srv/work/true')).toBe(
      'work\n12:34 2\n4755',
    );
    // Another node's address gets nothing of it.
    const mount = 'd=$(mktemp -d); mount -i -t nfs4 -o vers=4.2,addr=198.18.87.1,clientaddr=198.18.87.12';
    const source = await n1.ask('findmnt -no SOURCE /');
    await expect(n2.ask(`${mount} ${source} $d 2>&1`)).rejects.toThrow();
  });

  it('are not taken away while their node is up: the NFS server has just heard of it', async () => {
    const name = image.ref.replace(/:\d+$/, '');
    const refused = cluster.slipway('nfs', 'rm', '-n', 'n1,n2', '-i', name);
    await expect(refused).rejects.toThrow(/n1: booted [^,]* ago, its NFS client was last heard of \d+ s ago/);
    expect(await n2.ask('cat /srv/file')).toBe('of n2');
  });

  it(
    'a server that dies and comes back, or a cable that is pulled, while a node writes harms nothing',
    async () => {
      await n1.ask(
        `cat >/root/writer <<'END'
i=0
while [ ! -e /run/stop ]; do
    i=$((i + 1))
    echo $i >>/root/numbers && sync /root/numbers || echo failed >>/run/failed
    echo $i >/run/written
done
END
systemd-run --unit=writer sh /root/writer`,
      );
      const written = async () => Number(await n1.ask('cat /run/written 2>/dev/null || echo 0'));
      while ((await written()) < 10);
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        cluster.signalNfs(signal);
        const before = await written();
        while ((await written()) < before + 10);
      }
      // The cable is pulled for longer than systemd-networkd waits before it lets an address go.
      await n1.guest.cable(false);
      await sleep(20_000);
      await n1.guest.cable(true);
      const after = await written();
      while ((await written()) < after + 10);
      expect(await n1.ask('ip -4 -o address show scope global')).toContain(' 198.18.87.11/24 ');
      await n1.ask('touch /run/stop; while systemctl is-active --quiet writer; do sleep 0.1; done');
      expect(await n1.ask('test ! -e /run/failed && tail -n1 /root/numbers')).toBe(
        await n1.ask('cat /run/written'),
      );
      expect(await n1.ask('seq $(cat /run/written) | cmp - /root/numbers')).toBe('');
      expect(await n2.ask('cat /srv/file')).toBe('of n2');
    },
    4 * MINUTES,
  );

  it('count what they ask of the server', async () => {
    const { requests, sent, received } = mountStatistics(await n2.ask('cat /proc/self/mountstats'));
    expect(requests).toBeGreaterThan(100);
    expect(received).toBeGreaterThan(1 << 20);
    expect(sent).toBeGreaterThan(1 << 10);
  });

  it(
    'a reboot keeps what was written; the server was stopped meanwhile, and serves version 3',
    async () => {
      const id = await n1.ask('cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key.pub');
      await n1.shell.run('systemctl reboot', { okCodes: [0, 255] });
      await n1.guest.ended;
      const last = n1.guest.lines().join('\n');
      expect(last).toContain('reboot: Restarting system');
      expect(last).not.toMatch(/Failed unmounting|A stop job is running|not responding/);
      await n1[Symbol.asyncDispose]();
      await cluster.stop();
      await cluster.configure({ version: '3' });
      await cluster.serve();
      n1 = stack.use(await cluster.ready('n1', stack.use(await cluster.switchOn('n1'))));
      expect(await n1.ask('findmnt -no FSTYPE,OPTIONS /')).toMatch(/^nfs +rw,.*vers=3,.*nolock/);
      expect(
        await n1.ask(
          'cat /srv/work/hard; stat -c "%u:%g %h" /srv/work/file; test -e /etc/issue || echo gone',
        ),
      ).toMatch(/^of n1\n12:34 2\ngone$/);
      expect(await n1.ask('cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key.pub')).toBe(id);
      expect(await n1.ask('cat /etc/motd')).toBe('This is n1.');
      expect(await n1.ask('systemctl is-system-running || systemctl --failed --no-legend')).toBe('running');
      // It was up all the time.
      expect(await n2.ask('echo more >>/srv/file; cat /srv/file; ls /srv')).toBe('of n2\nmore\nfile');
    },
    10 * MINUTES,
  );

  it(
    'a node that is switched off leaves its tree whole',
    async () => {
      await n2.shell.run('systemctl poweroff', { okCodes: [0, 255] });
      await n2.guest.ended;
      expect(n2.guest.lines().join('\n')).toContain('reboot: Power down');
      const diff = await cluster.slipway('nfs', 'ls', '--json');
      expect(diff).toContain('n2');
    },
    3 * MINUTES,
  );
});

describe('slipway image test', () => {
  it(
    'boots two nodes from trees of their own, without a trace on this host',
    async () => {
      const check =
        'findmnt -no FSTYPE / | grep -x nfs4 && echo $(hostname) >/root/mine && test $(ls /root) = mine';
      const argv = [
        SLIPWAY,
        'image',
        'test',
        image.ref,
        '--mode',
        'nfs',
        '--nodes',
        '2',
        '--memory',
        '768M',
        '--check',
        check,
        '--json',
      ];
      const { stdout } = await run(argv, { env: { SLIPWAY_ROOT: image.root }, okCodes: [0, 1] });
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ result: 'pass' });
      expect(mountedBelow(image.root)).toEqual([]);
    },
    10 * MINUTES,
  );

  it(
    'in mode readonly notes what the boot reads of the shared tree',
    async () => {
      await using copy = await privateCopy(image);
      const { paths } = copy.installation;
      const argv = [SLIPWAY, 'image', 'test', image.ref, '--mode', 'readonly', '--memory', '768M', '--json'];
      const { stdout } = await run(argv, { env: { SLIPWAY_ROOT: paths.root }, okCodes: [0, 1] });
      const events = stdout.trim().split('\n');
      expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ result: 'pass' });
      expect(stdout).toMatch(/Noted what debian-compute:\d+ reads from the shared tree/);
      const noted = await bootFiles(paths, 'debian-compute');
      expect(noted).toContain('/usr/lib/systemd/systemd');
      expect(noted.filter((path) => path.startsWith('/usr/share/doc/'))).toEqual([]);
      expect(mountedBelow(paths.root)).toEqual([]);
    },
    5 * MINUTES,
  );

  it(
    'killed, leaves no process and no mount; its files go with the next command',
    async () => {
      await using copy = await privateCopy(image);
      const { paths } = copy.installation;
      const booting = Promise.withResolvers<void>();
      const child = start([SLIPWAY, 'image', 'test', image.ref, '--mode', 'nfs', '--json'], {
        env: { SLIPWAY_ROOT: paths.root },
        onLine: (line) => line.includes('test: ipxe') && booting.resolve(),
      });
      await Promise.race([booting.promise, child.done]);
      expect(traces(paths.work).join('\n')).toMatch(/ganesha\.nfsd/);
      process.kill(child.pid, 'SIGKILL');
      await expect(child.done).rejects.toThrow('SIGKILL');
      while (traces(paths.work).length > 0) await sleep(50);
      expect((await reconcileWork(paths)).join()).toMatch(/^image-test-\w+$/);
      expect(await readdir(paths.work)).toEqual(['locks']);
    },
    4 * MINUTES,
  );
});
