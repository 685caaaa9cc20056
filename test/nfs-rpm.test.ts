/**
 * A RHEL-like system with its root on NFS: release 9 of the small distribution that the tests make themselves
 * (support/rpm). NetworkManager takes the interface over under a root that hangs on it; tables and settings are where
 * readonly-root of such systems has them. The shared tree comes from another server, to which it was pushed. Cables
 * are pulled out, in the initramfs and later.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cachedImage, type CachedImage } from './support/image-cache.ts';
import { Cluster, mountedBelow, type ClusterNode } from './support/nfs-cluster.ts';
import { OtherServer } from './support/other-server.ts';
import { rpmDistribution } from './support/rpm/distribution.ts';
import { nodeRecipe, rpmRecipe } from './support/rpm/recipe.ts';

const MINUTES = 60_000;
/** Milliseconds without a carrier: longer than a mount may take, and than whoever watches links waits. */
const LOSS = 20_000;
const HEALTHY = 'systemctl is-system-running --wait || systemctl --failed --no-legend';
/** Connections of NetworkManager, and addresses. */
const CONNECTED = 'nmcli -t -f NAME,DEVICE,STATE connection show --active | grep -v ^lo: ; ip -4 -o address show scope global | sed "s/.*inet //; s/ .*//"'; // prettier-ignore

let image: CachedImage;
let cluster: Cluster;
let other: OtherServer;
let shared: ClusterNode;
let own: ClusterNode;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const distribution = await rpmDistribution();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-rpm-'));
  stack.defer(async () => await rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'slt9.yml');
  await writeFile(file, rpmRecipe(distribution, distribution.release9, nodeRecipe));
  image = await cachedImage(file);
  // nfs-ganesha has no labels, and the image is to be enforcing; Debian's kernel knows no `selinux=0`.
  const node = { settings: { arguments: ['console=ttyS0,115200', 'security=none'] } };
  cluster = stack.use(await Cluster.open({ image, nodes: { shared: node, own: node }, memory: 1024 }));
  other = stack.use(await OtherServer.open(join(cluster.installation.paths.root, 'other'), cluster.network));
}, 20 * MINUTES);
afterAll(async () => {
  expect(mountedBelow(cluster.installation.paths.root)).toEqual([]);
  await stack.disposeAsync();
}, MINUTES);

/** Switches a machine on, and pulls its cable for a while when its console shows something. */
const boot = async (name: string, when: RegExp): Promise<ClusterNode> => {
  const guest = stack.use(await cluster.switchOn(name));
  await cluster.until(() => guest.lines().some((line) => when.test(line)), guest);
  await guest.cable(false);
  await sleep(LOSS);
  await guest.cable(true);
  return stack.use(await cluster.ready(name, guest));
};

it(
  'one boots from a tree on another server, one from a tree of its own; cables may be pulled meanwhile',
  async () => {
    await cluster.configure({ ssh_config: other.sshConfig });
    const to = ['--to', other.destination, '--json'];
    const said = await cluster.slipway('publish', image.ref, '--mode', 'readonly', ...to);
    // As whoever administrates that server is told.
    const [, line = ''] = /"other: ([^"]*)"/.exec(said) ?? [];
    await other.export(line, ['shared']);
    await cluster.slipway('nfs', 'add', '-n', 'own', '-i', image.ref);
    await cluster.slipway('boot', 'set', '-n', 'shared', '-i', image.ref, '--mode', 'readonly');
    await cluster.slipway('boot', 'set', '-n', 'own', '-i', image.ref, '--mode', 'nfs');
    await cluster.serve();
    [shared, own] = await Promise.all([
      // The server is lost once the root is mounted, and before anything of it was read.
      boot('shared', /slipway: mounted 198\.18\.87\.3:\/srv\/nodes\/trees\/[0-9a-f]{64} vers=4\.2 \(ro\)/),
      // Before it looks for the network: the first that is seen of its kernel
      boot('own', /^\[ +\d+\.\d{6}\] /),
    ]);
    for (const node of [shared, own]) expect(await node.ask(HEALTHY)).toBe('running');
    expect(await own.ask('findmnt -no FSTYPE,SOURCE /')).toMatch(
      /^nfs4 +198\.18\.87\.1:.*\/nodes\/slt9\/own$/,
    );
    expect(
      await shared.ask(
        'grep -c "mounted 198.18.87.3:/srv/nodes/trees/" /run/slipway/boot.log; findmnt -no FSTYPE /',
      ),
    ).toBe('1\noverlay');
  },
  15 * MINUTES,
);

it('tables and state are those of its own settings, and readonly-root does nothing again', async () => {
  expect(await shared.ask('findmnt -no OPTIONS / | cut -d , -f 1')).toBe('ro');
  expect(await shared.ask('touch /etc/x /usr/x 2>&1 | grep -c "Read-only file system"')).toBe('2');
  expect(
    await shared.ask(
      'cd /var/lib; touch systemd/x NetworkManager/x /root/x /tmp/x /var/log/x; rpm --rebuilddb; rpm -q less; stat -c %a /tmp',
    ),
  ).toMatch(/^less-.*\n1777$/);
  expect(await shared.ask('test ! -e /run/readonly-root-ran; systemctl is-enabled readonly-root || :')).toBe(
    'masked-runtime',
  );
  // By fstab, and by CLIENTSTATE: with owners and links.
  expect(
    await shared.ask('findmnt -no FSTYPE,SIZE /var/lib/stateless/writable; findmnt -no SOURCE /root'),
  ).toBe('tmpfs   96M\nslipway-area[/root]');
  expect(await shared.ask('findmnt -no SOURCE /usr/share/special')).toMatch(
    /^198\.18\.87\.3:\/srv\/state\/shared/,
  );
  expect(await shared.ask('cd /usr/share/special; stat -c %h one; stat -c "%a %U:%G" owned setgid')).toBe(
    '2\n640 special:special\n6711 root:special',
  );
  expect(await shared.ask('getent shadow root | cut -d : -f 1; stat -c %a /etc/shadow')).toBe('root\n0');
});

it(
  'neither a cable that is pulled nor a NetworkManager that starts again takes the root away',
  async () => {
    const names = { shared: 'slipway-boot:enp0s1:activated\n198.18.87.11/24', own: 'slipway-boot:enp0s1:activated\n198.18.87.12/24' }; // prettier-ignore
    const watch = `systemd-run --quiet --unit=watch sh -c 'while sleep 0.5; do ip -4 -o address show scope global; done >/run/watched'`;
    const root = { shared: 'ls -lR /usr/share /usr/lib/systemd >/dev/null', own: 'echo more >>/root/file && sync /root/file' }; // prettier-ignore
    const both = [['shared', shared], ['own', own]] as const; // prettier-ignore
    for (const [name, node] of both) {
      expect(await node.ask(CONNECTED)).toBe(names[name]);
      await node.ask(watch);
      await node.ask('systemctl restart NetworkManager');
    }
    const before = await Promise.all(
      both.map(([, node]) => node.ask('cat /sys/class/net/enp0s1/carrier_changes')),
    );
    await Promise.all(both.map(([, node]) => node.guest.cable(false)));
    await sleep(LOSS);
    await Promise.all(both.map(([, node]) => node.guest.cable(true)));
    for (const [i, [name, node]] of both.entries()) {
      // What it has in memory of the root is thrown away, so that it needs the server.
      await node.ask(`echo 3 >/proc/sys/vm/drop_caches; ${root[name]}`);
      expect(await node.ask(`nm-online -q; ${CONNECTED}`)).toBe(names[name]);
      // The address was there all the time.
      expect(await node.ask('systemctl stop watch; sed "s/.*inet //; s/ .*//" /run/watched | sort -u')).toBe(
        names[name].split('\n')[1],
      );
      const changes = Number(await node.ask('cat /sys/class/net/enp0s1/carrier_changes'));
      expect(changes).toBe(Number(before[i]) + 2);
      expect(await node.ask(HEALTHY)).toBe('running');
    }
  },
  8 * MINUTES,
);
