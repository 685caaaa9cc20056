/** Mounted images with a whole system in them: Ansible, packages, kernel and initramfs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { Generation } from '../src/image/types.ts';
import type { Unmounted } from '../src/mounts/umount.ts';
import { cachedImage, privateCopy } from './support/image-cache.ts';
import { Stage } from './support/stage.ts';

let host: Awaited<ReturnType<typeof privateCopy>>;
let stage: Stage;
let directory: string;
beforeAll(async () => {
  host = await privateCopy(await cachedImage('test/recipes/python.yml'));
  directory = await mkdtemp(join(tmpdir(), 'slipway-ansible-'));
  writePlaybook();
}, 900_000);
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  stage = await Stage.open(host.installation.paths.root);
});
afterEach(async () => await stage[Symbol.asyncDispose](), 60_000);

const umount = async (...words: string[]) => await stage.ok<Unmounted>('image', 'umount', 'python', ...words);
const boot = async (ref = 'python') => {
  const { kernel, initramfs, config } = await (await Catalog.open(host.installation.paths)).resolve(ref);
  return { version: config.kernel?.version, kernel: kernel?.digest, initramfs: initramfs?.digest };
};
const changed = async (before: number, after: Generation | undefined) => {
  const { files } = await stage.ok<{ files: { path: string }[] }>('image', 'diff', `python:${before}`, `python:${after?.generation}`); // prettier-ignore
  return files.map(({ path }) => path).toSorted();
};

/** A play and a role in the manner of BlueBanquise. */
function writePlaybook(): void {
  const put = (path: string, text: string) => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  put('computes.yml', `
- name: Computes diskless playbook
  hosts: "{{ mounts }}/{{ image_name }}/mnt"
  connection: chroot
  vars: {start_service: false, image_equipment_profile: equipment_typeC}
  pre_tasks:
    - name: Add current host to defined equipment_profile
      add_host: {hostname: "{{ inventory_hostname }}", groups: "{{ image_equipment_profile }}"}
      tags: always
  roles: [site]
`); // prettier-ignore
  put('roles/site/templates/motd.j2', 'Welcome to {{ ansible_facts.distribution }}\n');
  put('roles/site/handlers/main.yml', `
- name: "service █ Restart ssh"
  systemd: {name: ssh, state: restarted}
  when: start_service
`); // prettier-ignore
  put('roles/site/tasks/main.yml', `
- name: "template █ Message of the day"
  template: {src: motd.j2, dest: /etc/motd, mode: "0644"}
- name: "file █ Directory of the site"
  file: {path: /opt/site, state: directory, mode: "2750", owner: root, group: adm}
- name: "lineinfile █ Settings of ssh"
  lineinfile: {path: /etc/ssh/sshd_config, regexp: "^#?PermitRootLogin", line: PermitRootLogin no}
  notify: "service █ Restart ssh"
- name: "copy █ Resolver"
  copy: {content: "nameserver 192.0.2.1\\n", dest: /etc/resolv.conf}
- name: "user █ Of the batch system"
  user: {name: batch, uid: 4711, create_home: false, shell: /usr/sbin/nologin, system: true}
- name: "systemd █ Enable"
  systemd: {name: ssh, enabled: true, state: "{{ 'started' if start_service else omit }}"}
- name: "command █ What the site needs besides"
  command: "{{ last_command | default('true') }}"
  changed_when: false
`); // prettier-ignore
}

async function playbook(inventory: string, ...words: string[]) {
  const extra = ['-e', 'image_name=python', '-e', `mounts=${host.installation.paths.mounts}`];
  const argv = ['ansible-playbook', join(directory, 'computes.yml'), '-i', `${inventory}/`, '--skip-tags', 'identify', ...extra, ...words]; // prettier-ignore
  return await stage.run(argv, { ANSIBLE_LOCAL_TEMP: join(directory, 'tmp'), HOME: directory });
}

test('ansible-playbook runs a role in it; one that fails leaves it mounted, as it was left', async () => {
  const before = await boot();
  const { inventory, generation } = await stage.mount('python');
  const failed = await playbook(inventory, '-e', 'last_command=false');
  expect(failed).toMatchObject({ code: 2, stdout: expect.stringMatching(/changed=6 .*failed=1/) });
  expect(
    (await stage.list()).find((one) => one.name === 'python' && one.generation === generation),
  ).toMatchObject({
    mounted: { active: true },
  });
  expect(await stage.inside('python', 'cat /etc/motd')).toBe('Welcome to Debian\n');
  // Mended, it goes on where it was.
  const mended = await playbook(inventory);
  expect(mended).toMatchObject({ code: 0, stdout: expect.stringMatching(/changed=1 .*failed=0/) });
  const done = await umount();
  expect(done).toMatchObject({ changed: true, from: generation });
  // What it was told to change, and nothing that Ansible left behind.
  expect(await changed(generation, done.generation)).toEqual([
    '/etc/group', '/etc/gshadow', '/etc/motd', '/etc/passwd', '/etc/resolv.conf', '/etc/shadow', '/etc/ssh/sshd_config', '/opt/site',
  ]); // prettier-ignore
  expect(await boot()).toEqual(before);
  await stage.mount('python');
  expect(await stage.inside('python', 'stat -c "%a %U:%G" /opt/site; getent passwd batch; cat /etc/resolv.conf; tail -c 20 /etc/ssh/sshd_config | od -c | tail -n 2 | head -n 1')).toMatch(/^2750 root:adm\nbatch:x:4711:.*\n/); // prettier-ignore
  await umount('--discard');
}, 300_000);

test('packages are installed in it: the inventory is new, no cache of apt is taken along', async () => {
  const { generation } = await stage.mount('python');
  // A package of the test's own: what the archives have changes.
  await stage.sh(`mkdir -p ${directory}/deb/DEBIAN ${directory}/deb/usr/share/tiny
    printf 'Package: tiny\\nVersion: 1.2-3\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' >${directory}/deb/DEBIAN/control
    echo x >${directory}/deb/usr/share/tiny/x; dpkg-deb --build -Zgzip ${directory}/deb ${stage.tree('python')}/tmp/tiny.deb >/dev/null`);
  await stage.inside('python', 'dpkg --install /tmp/tiny.deb; mkdir -p /var/cache/apt/archives; echo x >/var/cache/apt/archives/x.deb'); // prettier-ignore
  const { generation: after } = await umount();
  expect(await changed(generation, after)).toEqual([
    '/usr/share/tiny', '/usr/share/tiny/x', '/var/lib/dpkg/info/tiny.list', '/var/lib/dpkg/info/tiny.md5sums', '/var/lib/dpkg/status',
  ]); // prettier-ignore
  const { packages } = await stage.ok<{ packages: { name: string; version: string }[] }>(
    'image',
    'show',
    'python',
  );
  expect(packages).toContainEqual(expect.objectContaining({ name: 'tiny', version: '1.2-3' }));
}, 120_000);

test('the initramfs is made anew where what it holds has changed; an image that could not boot is not made', async () => {
  const before = await boot();
  const { generation } = await stage.mount('python');
  const modules = `${stage.tree('python')}/usr/lib/modules`;
  await stage.sh(`mv ${modules}/${before.version} ${stage.tree('python')}/root/aside`);
  expect(await stage.fails('image', 'umount', 'python')).toBe('1 mount/no-kernel');
  await stage.mount('python');
  await stage.sh(`mv ${stage.tree('python')}/root/aside ${modules}/${before.version}; echo '# changed' >>${stage.tree('python')}/usr/lib/systemd/system/systemd-udevd.service`); // prettier-ignore
  const done = await umount();
  expect(await changed(generation, done.generation)).toEqual([
    '/usr/lib/systemd/system/systemd-udevd.service',
  ]);
  const after = await boot();
  expect([after.version, after.kernel]).toEqual([before.version, before.kernel]);
  expect(after.initramfs).not.toBe(before.initramfs);
  expect(await boot(`python:${generation}`)).toEqual(before);
}, 600_000);
