/**
 * A node boots with its own files: made by the server, laid over the root in the
 * initramfs, looked at from inside. One boot for all of it.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { siteSecret } from '../src/boot/keys.ts';
import { openDatabase } from '../src/db/database.ts';
import { putContent } from '../src/files/contents.ts';
import { knownHosts } from '../src/files/hostkeys.ts';
import { setSecret } from '../src/files/secrets.ts';
import { writeChange } from '../src/node/change.ts';
import { editNodes, showNode } from '../src/node/registry.ts';
import type { FileSpec } from '../src/node/file-schema.ts';
import type { Installation } from '../src/system/config.ts';
import { imageTest } from '../src/vm/image-test.ts';
import { cachedImage, CHECKOUT, privateCopy } from './support/image-cache.ts';

const MINUTES = 60_000;
const SECRET = 'correct horse battery staple';
const actor = { who: 'test', via: 'cli' } as const;

const CHECKS = [
  'test "$(cat /etc/motd)" = "test in rack r1, image debian-compute"',
  'test "$(stat -c "%a %U:%G" /etc/motd)" = "640 root:adm"',
  'grep -x "127.0.1.1 test" /etc/hosts',
  // Of the image: a file, a directory.
  'test ! -e /etc/issue.net && test ! -e /etc/skel',
  'test "$(readlink /etc/localtime)" = /usr/share/zoneinfo/Europe/Paris',
  // /var/run is a link of the image to /run, which the real root keeps.
  'test "$(cat /run/from-node)" = yes && test -L /var/run',
  `test "$(stat -c "%a %U" /etc/munge/munge.key)" = "400 games" && test "$(sha256sum </etc/munge/munge.key)" = "${createHash('sha256').update(`${SECRET}\n`).digest('hex')}  -"`,
  // The same as known_hosts was told, private and public part.
  'n=0; while read -r _ type key; do n=$((n + 1)); file=/etc/ssh/ssh_host_$(test $type = ssh-ed25519 && echo ed25519 || echo ecdsa)_key;' +
    ' grep -qF "$type $key" $file.pub && ssh-keygen -y -f $file | grep -qF "$type $key" && test "$(stat -c %a $file)" = 600 || exit 1;' +
    ' done </etc/expected-keys; test $n = 2',
  'test ! -e /etc/slipway/files && test ! -e /run/initramfs/etc/slipway',
  'systemctl is-active slipway-refresh.timer && test "$(stat -c %a /run/slipway/token)" = 600',
  'for i in $(seq 100); do sh /run/slipway/slipway-refresh.sh || exit 1; grep -qx new /etc/refreshed && break; sleep 1; done;' +
    ' grep -qx new /etc/refreshed && test "$(cat /run/ran)" = ran',
];

test(
  'a node has the files that its profile, its group and it say',
  async () => {
    const image = await cachedImage('examples/debian-compute.yml');
    await using copy = await privateCopy(image);
    let change: (() => Promise<void>) | undefined;
    const prepare = async (site: Installation) => {
      await using database = await openDatabase(site.paths.database);
      const { db } = database;
      const secret = await siteSecret(site.paths);
      const text = async (content: string, more: Partial<FileSpec> = {}): Promise<FileSpec> => ({
        content: await putContent(db, '/x', Buffer.from(content)),
        ...more,
      });
      await setSecret(db, secret, 'munge', Buffer.from(`${SECRET}\n`));
      const node = await showNode(db, 'test');
      const motd = '{{ node.name }} in rack {{ node.tags.rack }}, image {{ image.name }}\n';
      const profile = {
        files: {
          '/etc/motd': await text(motd, { template: true, mode: '0640', group: 'adm' }),
          '/etc/hosts': { builtin: 'hosts' },
          '/etc/issue.net': { absent: true as const },
          '/etc/skel': { absent: true as const },
          '/etc/munge/munge.key': { secret: 'munge', owner: 'games', mode: '0400' },
          '/etc/refreshed': await text('old\n'),
        },
      };
      const group = {
        profiles: ['base'],
        files: {
          '/etc/localtime': { link: '/usr/share/zoneinfo/Europe/Paris' },
          '/var/run/from-node': await text('yes\n'),
        },
      };
      await db.transaction().execute((t) =>
        writeChange(t, actor, 'test', [
          { kind: 'profile', name: 'base', after: profile },
          { kind: 'group', name: 'rack', after: group },
        ]),
      );
      const refreshed = (content: string) => text(content, { refresh: true, run: 'echo ran >>/run/ran' });
      const set = async (target: typeof db, content: string) => {
        const files = {
          '/etc/expected-keys': await text(`${knownHosts(secret, node, ['test']).join('\n')}\n`),
          '/etc/refreshed': await refreshed(content),
        };
        await editNodes(
          target,
          'test',
          'test',
          (d) => ({ ...d, groups: ['rack'], tags: { rack: 'r1' }, files }),
          actor,
        );
      };
      await set(db, 'old\n');
      change = async () => {
        await using again = await openDatabase(site.paths.database);
        const content = await putContent(again.db, '/x', Buffer.from('new\n'));
        await editNodes(
          again.db,
          'test',
          'test',
          (d) => ({
            ...d,
            files: { ...d.files, '/etc/refreshed': { content, refresh: true, run: 'echo ran >>/run/ran' } },
          }),
          actor,
        );
      };
    };
    const lines: string[] = [];
    let changed: Promise<void> | undefined;
    const tested = await imageTest(copy.installation, image.ref, {
      serverCommand: [process.execPath, join(CHECKOUT, 'src/cli/start.js')],
      memory: '1G',
      checks: CHECKS,
      prepare,
      sink: (event) => {
        lines.push(JSON.stringify(event));
        // The node runs by now; a check waits for the change.
        if (event.event === 'output' && event.line.includes('test: check')) changed ??= change?.();
      },
    });
    await changed;
    expect(tested.reason).toBeUndefined();
    expect(tested.result).toBe('pass');
    const directory = join(copy.installation.paths.logs, 'boot-tests');
    for (const file of await readdir(directory))
      expect(await readFile(join(directory, file), 'utf8')).not.toContain(SECRET);
    expect(lines.join('\n').replaceAll(JSON.stringify(SECRET).slice(1, -1), '')).not.toContain(
      'BEGIN OPENSSH',
    );
  },
  12 * MINUTES,
);
