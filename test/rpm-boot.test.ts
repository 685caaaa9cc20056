/**
 * RPM-based images, from a small distribution that the tests make themselves (support/rpm): release 9
 * boots in a virtual machine, enforcing its SELinux policy, and is looked at from inside, release 8 is built and looked at from outside.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { siteSecret } from '../src/boot/keys.ts';
import { openDatabase } from '../src/db/database.ts';
import { putContent } from '../src/files/contents.ts';
import { knownHosts } from '../src/files/hostkeys.ts';
import { Catalog } from '../src/image/catalog.ts';
import { editNodes, showNode } from '../src/node/registry.ts';
import { loadInstallation, type Installation } from '../src/system/config.ts';
import { run } from '../src/system/process.ts';
import { imageTest } from '../src/vm/image-test.ts';
import { cachedImage, CHECKOUT, privateCopy } from './support/image-cache.ts';
import { rpmDistribution, type RpmDistribution, type RpmRelease } from './support/rpm/distribution.ts';
import { nodeRecipe, rpmRecipe, type RpmRecipe } from './support/rpm/recipe.ts';

const MINUTES = 60_000;
let distribution: RpmDistribution;
let directory: string;
beforeAll(async () => {
  distribution = await rpmDistribution();
  directory = await mkdtemp(join(tmpdir(), 'slipway-rpm-'));
}, 15 * MINUTES);
afterAll(async () => await rm(directory, { recursive: true, force: true }));

/** Built by the command line, like a user's. */
async function image(release: RpmRelease, recipe: RpmRecipe) {
  const file = join(directory, `${recipe.name}.yml`);
  await writeFile(file, rpmRecipe(distribution, release, recipe));
  const built = await cachedImage(file);
  const catalog = await Catalog.open(loadInstallation(built.root).paths);
  return { built, catalog, ...(await catalog.resolve(built.ref)) };
}

it(
  'release 9 boots, with the scripts, accounts, owners and capabilities of its packages',
  async () => {
    const { built, config } = await image(distribution.release9, nodeRecipe);
    const installed = config.packages.map(({ name, version }) => `${name}-${version}`).toSorted();
    expect(installed).toContain('slipway-release-9.4-1.el9');
    const CHECKS = [
      'grep -qx "PLATFORM_ID=\\"platform:el9\\"" /etc/os-release && test "$(uname -r)" = ' +
        distribution.kernelVersion,
      'findmnt --noheadings --types overlay / && test "$(cat /etc/hostname)" = test',
      'test -z "$(systemctl --failed --plain --no-legend)"',
      // What the image says of itself is what rpm says in the node; gpg-pubkey is the key, and no package.
      `test "$(rpm -qa --qf '%{NAME}-%{VERSION}-%{RELEASE}\\n' | grep -v ^gpg-pubkey | sort | sha256sum)" = "$(sort /etc/expected-packages | sha256sum)"`,
      'less --version >/dev/null && ! rpm -q bash-completion',
      // Enabled by the preset that its script asked for; nobody makes the third key anew at each boot.
      'systemctl is-active sshd && ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key | cut -d" " -f1-2 | xargs -I{} grep -F {} /etc/expected-keys',
      'test ! -e /etc/ssh/ssh_host_rsa_key',
      'test "$(getenforce)" = Enforcing && test "$(tr -d "\\0" </proc/$(systemctl show --property=MainPID --value sshd)/attr/current)" = system_u:system_r:sshd_t:s0',
      'for i in $(seq 60); do nmcli -t -f NAME connection show --active | grep -x slipway-boot && exit; sleep 1; done; nmcli device; exit 1',
      'getcap /usr/bin/ping | grep -q cap_net_raw=ep && test "$(stat -c %a /etc/shadow)" = 0 && test "$(stat -c %a /usr/bin/su)" = 4755',
      'cd /usr/share/special && test "$(stat -c %h one)" = 2 && test one -ef two && test "$(stat -c "%a %U:%G" owned setgid | tr "\\n" " ")" = "640 special:special 6711 root:special "',
    ];
    await using copy = await privateCopy(built);
    const prepare = async (site: Installation) => {
      await using database = await openDatabase(site.paths.database);
      const { db } = database;
      const keys = knownHosts(await siteSecret(site.paths), await showNode(db, 'test'), ['test']);
      const text = async (lines: string[]) => ({
        content: await putContent(db, '/x', Buffer.from(`${lines.join('\n')}\n`)),
      });
      const files = {
        '/etc/expected-keys': await text(keys),
        '/etc/expected-packages': await text(installed),
      };
      await editNodes(db, 'test', 'test', (node) => ({ ...node, files }), { who: 'test', via: 'cli' });
    };
    const tested = await imageTest(copy.installation, built.ref, {
      serverCommand: [process.execPath, join(CHECKOUT, 'src/cli/start.js')],
      sink: () => {},
      memory: '1G',
      checks: CHECKS,
      timeout: 600,
      prepare,
    });
    expect(tested.reason).toBeUndefined();
    expect(tested.result).toBe('pass');
  },
  15 * MINUTES,
);

it(
  'release 8 is built with its own versions, streams and kernel, and an initramfs of what is in it',
  async () => {
    const { catalog, config, kernel, initramfs } = await image(distribution.release8, {
      name: 'slt8',
      source: {
        type: 'core',
        modules: ['toolbox:2'],
        packages: ['@network-tools', 'toolbox'],
        weak_dependencies: true,
      },
      steps: [{ kernel: { package: 'kernel' } }],
    });
    expect(config.system).toMatchObject({
      ID: 'slipwaytest',
      VERSION_ID: '8.10',
      PLATFORM_ID: 'platform:el8',
    });
    const versions = new Map(config.packages.map(({ name, version }) => [name, version]));
    expect(versions.get('toolbox')).toBe('2.8-1.module_el8');
    expect(versions.get('bash')).toMatch(/\.el8$/);
    // A member of the group, and a weak dependency.
    expect([...versions.keys()]).toEqual(expect.arrayContaining(['dhcp-client', 'bash-completion']));
    expect(versions.has('kernel-modules-core')).toBe(false);

    expect(config.kernel).toMatchObject({ version: distribution.kernelVersion });
    expect(kernel?.size).toBeGreaterThan(5_000_000);
    const { stdout } = await run(['lsinitrd', catalog.blobPath(initramfs?.digest ?? '')]);
    const modules = `usr/lib/modules/${distribution.kernelVersion}/kernel`;
    for (const name of [
      'usr/lib/slipway/slipway-root.sh',
      'usr/bin/curl',
      'usr/sbin/dhclient',
      'usr/sbin/mkfs.ext4',
      'etc/pki/tls/certs/ca-bundle.crt',
      `${modules}/drivers/net/virtio_net.ko.xz`,
      `${modules}/fs/overlayfs/overlay.ko.xz`,
    ])
      expect(stdout).toContain(` ${name}`);
    expect(stdout).toMatch(/ usr\/bin\/sh -> bash\n/);
    expect(stdout).not.toContain('busybox');
  },
  10 * MINUTES,
);
