/** Reading an installation of BlueBanquise: a good one, and what else may stand in such directories. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { Catalog } from '../image/catalog.ts';
import { loadRecipe } from '../recipe/load.ts';
import { SlipwayError } from '../system/errors.ts';
import { silent } from '../system/events.ts';
import { applyBlueBanquise } from './apply.ts';
import { BlueBanquise, HASH, KERNEL } from './fixture.ts';
import { variablesOf } from './ipxe-file.ts';
import { planBlueBanquise, type ImportOptions, type Plan } from './plan.ts';
import { MEND_SSHD } from './tree-recipe.ts';
import { viewOf } from './view.ts';

let there: BlueBanquise;
let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let catalog: Catalog;
beforeEach(async () => {
  there = await BlueBanquise.open();
  here = await temporaryInstallation();
  catalog = await Catalog.open(here.installation.paths);
});
afterEach(async () => {
  await there[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const engine = () => ({ installation: here.installation, db: here.database.db, catalog, sink: silent });
const plan = async (options: Partial<ImportOptions> = {}): Promise<Plan> =>
  await planBlueBanquise(engine(), {
    directory: there.directory,
    nfs: there.nfs,
    root: join(there.root, 'host'),
    ...options,
  });

/** `what: reason`, sorted. */
const left = (planned: Plan) => planned.left.map(({ what, reason }) => `${what}: ${reason}`).toSorted();

/** Documents of the registry by kind and name. */
const documents = (planned: Plan) =>
  Object.fromEntries(planned.registry.entries.map(({ kind, name, after }) => [`${kind} ${name}`, after]));

const notices = (planned: Plan) =>
  planned.registry.notices
    .filter((one) => one.field !== 'no MAC address')
    .map(
      ({ field, reason, nodes, profiles }) =>
        `${field}: ${[nodes, ...profiles].filter(Boolean).join(' ')} (${reason})`,
    );

test('an installation: images, kernels, node sets, what nodes boot, equipment profiles', async () => {
  await there.kernel();
  await mkdir(join(there.root, 'host/lib/modules', KERNEL), { recursive: true });
  await there.livenet('space_image', { additional_packages: "['gzip', 'strace']", release_version: '8' });
  await there.write('preboot_execution_environment/diskless/images/space_image/squashfs.img', 'x');
  await there.golden('golden1', 'c[001-002]', { release_version: '8' });
  for (const path of ['image/usr/bin', 'nodes/c001', 'nodes/c002'])
    await mkdir(join(there.nfs, 'golden/golden1', path), { recursive: true });
  await there.profile('typeC', 'console=tty0 console=ttyS1,115200', 'mitigations=off');
  await there.node('c001', 'diskless', { image: 'golden1' });
  await there.node('c003', 'diskless', { image: 'space_image', dedicated: ' rd.net.timeout.carrier=30 ' });
  await there.node('c004', 'disk');
  await there.node('c005', 'next');

  const planned = await plan();
  expect(documents(planned)).toEqual({
    'profile typec': {
      ipxe: { 'eq-console': 'console=tty0 console=ttyS1,115200', 'eq-kernel-parameters': 'mitigations=off' },
    },
    'group golden1': {},
    'node c001': { boot: 'image', image: 'golden1', profiles: ['typec'], groups: ['golden1'] },
    'node c002': { groups: ['golden1'] },
    'node c003': {
      boot: 'image',
      image: 'space_image',
      profiles: ['typec'],
      ipxe: { 'dedicated-kernel-parameters': 'rd.net.timeout.carrier=30' },
    },
    'node c004': { boot: 'disk', profiles: ['typec'] },
    'node c005': { boot: 'next', profiles: ['typec'] },
  });
  expect(planned.kernels).toEqual([expect.objectContaining({ version: KERNEL, state: 'new' })]);
  expect(viewOf(planned).images).toEqual([
    expect.objectContaining({ name: 'golden1', kind: 'nfs-golden', nodes: 'c[001-002]', taken: false }),
    expect.objectContaining({ name: 'space_image', kind: 'livenet', size: '700M', kernel: KERNEL }),
  ]);
  expect(left(planned)).toEqual([
    `image golden1: 2 trees of nodes in ${there.nfs}/golden/golden1/nodes stay there: what nodes wrote is taken over with --trees only`,
  ]);
  expect(notices(planned)).toEqual([]);
  // Nothing of a password, nor of its hash, is shown.
  expect(JSON.stringify(viewOf(planned))).not.toContain('$6$');
});

test('recipes are written once, can be loaded, and keep the hash for root alone', async () => {
  const key = await there.write(
    'id.pub',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g r@m\n',
  );
  await there.livenet('space_image', {
    ssh_pub_key: key,
    selinux: 'True',
    optimize: 'True',
    livenet_type: 'Type.STANDARD',
  });
  const applied = await applyBlueBanquise(await plan(), engine());
  const file = join(here.installation.paths.etc, 'recipes/space_image.yml');
  expect(applied).toMatchObject({ recipes: [file], images: [], kernels: [], change: null, failed: [] });
  const password = file.replace('.yml', '.password');
  expect(readFileSync(password, 'utf8')).toBe(`${HASH}\n`);
  expect(statSync(password).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('$6$');
  const recipe = await loadRecipe(file, { env: {} });
  expect(recipe).toMatchObject({
    name: 'space_image',
    size: '700M',
    selinux: { mode: 'enforcing' },
    root: { source: { redhat: { release: '8', type: 'standard', optimize: true } } },
  });
  expect(recipe.steps[1]?.step).toMatchObject({ users: [{ password: { file: 'space_image.password' } }] });

  const again = await plan();
  expect(viewOf(again).images[0]?.recipe?.state).toBe('there');
  expect((await applyBlueBanquise(again, engine())).recipes).toEqual([]);
  // What somebody has changed since stays.
  writeFileSync(file, 'name: mine\n');
  const changed = await plan();
  expect(left(changed)).toContain(
    `recipe ${file}: there is one with other content; with --update it is replaced`,
  );
  await applyBlueBanquise(changed, engine());
  expect(readFileSync(file, 'utf8')).toBe('name: mine\n');
  await applyBlueBanquise(await plan({ update: true }), { ...engine(), update: true });
  expect(readFileSync(file, 'utf8')).not.toBe('name: mine\n');
});

test('done twice it changes nothing; nodes that are there are changed only when that is asked for', async () => {
  await there.livenet('i');
  await there.node('c001', 'diskless', { image: 'i' });
  expect((await applyBlueBanquise(await plan(), engine())).change).toBe(1);
  const again = await plan();
  expect(again.registry.entries).toEqual([]);
  expect((await applyBlueBanquise(again, engine())).change).toBeNull();
  await there.node('c001', 'disk');
  await expect(plan()).rejects.toMatchObject({ code: 'import/exists' });
  expect(documents(await plan({ update: true }))).toMatchObject({
    'node c001': { boot: 'disk', image: 'i' },
  });
});

describe('what is not taken over is named, with the reason', () => {
  test('defect 5: a demo image, and a directory without metadata', async () => {
    await there.image('demo1', { my_message: 'hi', image_class: 'DemoImage' });
    await there.write('preboot_execution_environment/diskless/images/half/boot.ipxe', '');
    expect(left(await plan())).toEqual([
      'image demo1: a demo image has nothing in it',
      'image half: image_data.yml: it is not there: it is half made or damaged',
    ]);
  });

  test('damaged and hostile image_data.yml', async () => {
    const write = async (name: string, content: string | Uint8Array) =>
      await there.write(`preboot_execution_environment/diskless/images/${name}/image_data.yml`, content);
    await write('broken', 'image_data:\n  name: [\n');
    await write('empty', '');
    await write(
      'pickle',
      Buffer.from('80049520000000000000008c05706f736978948c0673797374656d9493948c026964948594', 'hex'),
    );
    await write(
      'python',
      'image_data:\n  name: !!python/object/apply:os.system [id]\n  image_class: LivenetImage\n',
    );
    await write('huge', `image_data:\n${'  x: y\n'.repeat(200_000)}`);
    await write('bomb', 'a: &a [x,x]\nb: &b [*a,*a]\nimage_data: *b\n');
    await write('class', 'image_data:\n  name: class\n  image_class: OtherImage\n');
    await there.livenet('size', { livenet_size: "5'5G" });
    await there.livenet('other', { name: '../../etc' });
    const found = left(await plan());
    expect([...new Set(found.map((line) => line.split(':')[0]))]).toEqual(
      ['bomb', 'broken', 'class', 'empty', 'huge', 'other', 'pickle', 'python', 'size'].map(
        (name) => `image ${name}`,
      ),
    );
    expect(found).toContain('image other: it calls itself ../../etc; the name of its directory counts');
    expect(found).toContain('image huge: image_data.yml: it has more than 1 MiB');
    expect(found).toContain('image pickle: image_data.yml: it is no text');
    expect(found.find((line) => line.startsWith('image size'))).toContain('Not a valid size unit format');
  });

  test('names that cannot be names here, and two that would be one', async () => {
    await there.livenet('Web');
    await there.livenet('web');
    await there.livenet('a b');
    await there.livenet('new\nline');
    await there.livenet('\u001b[2J');
    await there.livenet('..ü');
    const planned = await plan();
    expect(planned.images.map((one) => one.name).toSorted()).toEqual(['2j', 'a-b', 'web']);
    expect(left(planned).filter((line) => !/no release|squashfs.img|calls itself/.test(line))).toEqual(
      expect.arrayContaining([
        'image web: its name would be web, as that of another image',
        expect.stringMatching(/^image "a b": it is a-b here/),
        expect.stringMatching(/^image "new\\nline": /),
        expect.stringMatching(/^image "..ü": /),
      ]),
    );
    // A link that leads nowhere, or round in a circle, is never followed.
    expect(left(planned).join('')).not.toContain('\u001b');
  });

  test('links, cycles, devices and pipes', async () => {
    const images = join(there.directory, 'diskless/images');
    symlinkSync('/etc', join(images, 'link'));
    symlinkSync('cycle', join(images, 'cycle'));
    mkdirSync(join(images, 'inner'));
    symlinkSync('/etc/passwd', join(images, 'inner/image_data.yml'));
    mkdirSync(join(images, 'pipe'));
    execFileSync('mkfifo', [join(images, 'pipe/image_data.yml'), join(there.directory, 'nodes/p.ipxe')]);
    symlinkSync('/etc/passwd', join(there.directory, 'nodes/n1.ipxe'));
    symlinkSync(
      join(there.directory, 'equipment_profiles'),
      join(there.directory, 'equipment_profiles/x.ipxe'),
    );
    symlinkSync('/boot/vmlinuz', join(there.directory, 'diskless/kernels/vmlinuz-6.1.0'));
    await there.write('preboot_execution_environment/diskless/images/file', 'x');
    expect(left(await plan())).toEqual([
      'equipment profile x: it is a symbolic link',
      'image cycle: it is a symbolic link',
      'image file: it is no directory',
      'image inner: image_data.yml: it is a symbolic link',
      'image link: it is a symbolic link',
      'image pipe: image_data.yml: it is no plain file',
      'kernel vmlinuz-6.1.0: it is a symbolic link: slipway kernel add takes what it points to',
      'node n1: it is a symbolic link',
      'node p: it is no plain file',
    ]);
  });

  test('defect 6, 17: node sets that are none, and nodes that are not in them', async () => {
    await there.golden('g1', 'c[001-');
    await there.golden('g2', 'c[1-9999999999]');
    await there.golden('g3', 'c[001-002]');
    await there.golden('g4', '');
    await there.node('c007', 'diskless', { image: 'g3' });
    await mkdir(join(there.nfs, 'golden/g3/nodes/c001'), { recursive: true });
    const found = left(await plan()).filter((line) => !line.includes('release'));
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^node set "c\[001-": of image g1: /),
        expect.stringMatching(/^node set "c\[1-9999999999\]": of image g2: /),
        `image g3: c002 have no tree in ${there.nfs}/golden/g3/nodes`,
        'image g3: c007 boot it, but are not in its node set',
      ]),
    );
    expect(found.some((line) => line.includes('g4: c'))).toBe(false);
  });

  test('defect 10: no list of installations with process ids is asked; an image is what its directory has', async () => {
    await there.livenet('i');
    await there.write('installations.yml', `i: {image_class: LivenetImage, pid: ${process.pid}}\n`);
    expect((await plan()).images.map((one) => one.name)).toEqual(['i']);
  });

  test('nodes: names, images and targets that are not there, words that nobody may set', async () => {
    await there.node('a b', 'disk');
    await there.node('10.0.0.1', 'disk');
    await there.node('c1', 'diskless', { image: 'nosuch' });
    await there.node('c2', 'diskless');
    await there.node('c3', 'osdeploy', { extra: 'partition=1' });
    await there.node('c4', 'disk', { profile: '../..' });
    await there.node('c5', 'disk', { profile: 'none', dedicated: 'root=/dev/sda quiet "a b" x=${net0/mac}' });
    await there.write('preboot_execution_environment/nodes/c6.ipxe', '#!ipxe\nshell\n');
    await there.write('preboot_execution_environment/nodes/c7.ipxe', Buffer.from([0, 1, 2]));
    await there.write('preboot_execution_environment/nodes/c8.other.ipxe', 'set menu-default bootdisk\n');
    await there.write('preboot_execution_environment/nodes/c8.ipxe', 'set menu-default bootdisk\r\n');
    const planned = await plan();
    expect(left(planned)).toEqual([
      'node "a b": this is no name of a node',
      'node 10.0.0.1: this is no name of a node',
      'node c7: it is no text',
      'node c8.other: its name would be c8, as that of c8',
    ]);
    expect(notices(planned)).toEqual([
      'dedicated-kernel-parameters "\\"a": c5 (no boot loader can write it)',
      'dedicated-kernel-parameters "b\\"": c5 (no boot loader can write it)',
      'dedicated-kernel-parameters "x=${net0/mac}": c5 (no boot loader can write it)',
      'dedicated-kernel-parameters root=/dev/sda: c5 (only Slipway sets it)',
      'equipment profile ../..: c4 (its name has no letters or digits)',
      'extra-parameters: c3 (they are for add-ons of its boot menu)',
      'menu-default: c6 (the file does not say what the node boots)',
      'next boot osdeploy: c3 (there is no such target in the configuration: from disk for now)',
      'node-image: c2 (it boots diskless, but no image is named)',
      'node-image nosuch: c1 (there is no such image, or it is not taken over)',
    ]);
    expect(documents(planned)['node c5']).toEqual({
      boot: 'disk',
      ipxe: { 'dedicated-kernel-parameters': 'quiet' },
    });
    expect(documents(planned)['node c8']).toEqual({ boot: 'disk' });
  });

  test('kernels: without modules, and what is none', async () => {
    await there.kernel();
    await there.write(`preboot_execution_environment/diskless/kernels/initramfs-kernel-${KERNEL}`, 'x');
    await there.write('preboot_execution_environment/diskless/kernels/vmlinuz-', 'x');
    await there.write('preboot_execution_environment/diskless/kernels/README', 'x');
    const planned = await plan();
    expect(planned.kernels).toEqual([expect.objectContaining({ version: KERNEL, state: 'no-modules' })]);
    expect(left(planned)).toEqual([
      'file README: it is no kernel by its name',
      'file vmlinuz-: it is no kernel by its name',
      `initramfs initramfs-kernel-${KERNEL}: Slipway makes its own: slipway kernel initramfs`,
      expect.stringMatching(
        /^kernel 4\.18.*: its modules are not on this host: slipway kernel add .* --modules DIR$/,
      ),
    ]);
  });

  test('a mounted image, and keys that are gone', async () => {
    await there.livenet('i', {
      is_mounted: 'True',
      ssh_pub_key: '/nonexistent/id.pub',
      release_version: '8',
    });
    expect(left(await plan())).toEqual([
      'image i: SSH public key not found: /nonexistent/id.pub: its recipe has no key',
      'image i: it is mounted: changes since then are not in it until disklessset unmounts it',
      'image i: squashfs.img is not there: only its recipe is taken over',
    ]);
  });

  test('what image_data.yml says of directories is not believed', async () => {
    await there.golden('g', '', { NFS_DIRECTORY: '/' });
    expect((await plan()).images[0]?.tree).toBeUndefined();
  });
});

test.each([
  ['/nonexistent', 'bluebanquise/no-directory'],
  ['/etc/passwd', 'bluebanquise/no-directory'],
  ['/proc/self', 'bluebanquise/no-installation'],
])('%s is no installation', async (directory, code) => {
  await expect(plan({ directory })).rejects.toMatchObject({ code });
});

test('the directory diskless alone will do', async () => {
  await there.livenet('i');
  expect((await plan({ directory: join(there.directory, 'diskless') })).images).toHaveLength(1);
});

describe('the Ansible inventory', () => {
  const HOSTS = `mg_computes:
  children:
    equipment_typeC:
      hosts:
        c001:
          bmc: {name: bc001, ip4: 10.10.103.1, mac: 08:00:27:0d:f8:a7, network: ice1-1}
          network_interfaces:
            - interface: eth1
              ip4: 10.10.3.1
              mac: 08:00:27:0d:f8:a6
              network: ice1-1
        c002:
          network_interfaces:
            ice1-1: {interface: eth1, ip4: "{{ x }}", mac: later}
        management1:
          network_interfaces: []
`;

  test('addresses, groups and profiles of nodes that boot over the network', async () => {
    await there.write('inventory/cluster/nodes/computes.yml', HOSTS);
    await there.write(
      'inventory/group_vars/equipment_typeC/ep.yml',
      'ep_console: console=ttyS9\nep_kernel_parameters: "{{ y }}"\n',
    );
    await there.write('inventory/group_vars/all/x.yml', 'x: [\n');
    await there.write('inventory/broken.yml', 'x: [\n');
    await there.profile('typeC', 'console=tty0', '');
    for (const node of ['c001', 'c002']) await there.node(node, 'disk');
    const planned = await plan({ inventory: join(there.root, 'inventory') });
    expect(documents(planned)).toEqual({
      // What the boot server has wins: it is what nodes get today.
      'profile typec': { ipxe: { 'eq-console': 'console=tty0' } },
      'group mg_computes': {},
      'node c001': {
        boot: 'disk',
        macs: ['08:00:27:0d:f8:a6'],
        address: '10.10.3.1',
        bmc: { address: '10.10.103.1' },
        groups: ['mg_computes'],
        profiles: ['typec'],
      },
      'node c002': { boot: 'disk', groups: ['mg_computes'], profiles: ['typec'] },
    });
    expect(left(planned)).toEqual([
      expect.stringMatching(/^inventory "1 hosts": /),
      expect.stringMatching(/^inventory file .*broken\.yml: line \d: /),
      expect.stringMatching(/^inventory file .*all\/x\.yml: line \d: /),
    ]);
    expect(notices(planned)).toEqual([
      'eq-kernel-parameters: typec (it needs Ansible to be worked out)',
      'ip4: c002 (it is no address as it stands there)',
      'mac: c002 (it is no MAC address as it stands there)',
    ]);
  });

  test('two nodes with one MAC address are a mistake, with both places', async () => {
    await there.write('inventory/n.yml', HOSTS.replace('later', '08:00:27:0d:f8:a6'));
    for (const node of ['c001', 'c002']) await there.node(node, 'disk');
    await expect(plan({ inventory: join(there.root, 'inventory') })).rejects.toMatchObject({
      code: 'import/twice',
    });
  });
});

describe('defect 1: a livenet image whose sshd does not start is mended when it is taken over', () => {
  const mended = (text: string): string => {
    const file = join(there.root, 'sshd_config');
    writeFileSync(file, text);
    execFileSync('sh', ['-eu', '-c', MEND_SSHD.replaceAll('/etc/ssh/sshd_config', file)]);
    return readFileSync(file, 'utf8');
  };

  test('the end of the line comes back', () => {
    expect(mended('Port 22\nPermitRootLogin yesStrictModes yes\nUsePAM yes\n')).toBe(
      'Port 22\nPermitRootLogin yes\nStrictModes yes\nUsePAM yes\n',
    );
  });

  test.each(['PermitRootLogin yes\nUsePAM yes\n', '# PermitRootLogin yesx\n', '', 'a\nb'])(
    '%j stays',
    (text) => {
      expect(mended(text)).toBe(text);
    },
  );
});

test('variables of iPXE scripts: whatever stands there', () => {
  expect(variablesOf('set a 1\nset a 2\r\n  set b\nsetx c 1\nset c ${d} e\n')).toEqual(
    new Map([
      ['a', { value: '2', line: 2 }],
      ['b', { value: '', line: 3 }],
      ['c', { value: '${d} e', line: 5 }],
    ]),
  );
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const value = fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/);
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one }), (pairs) => {
      const text = pairs.map(([one, two]) => `set ${one} ${two}`).join('\n');
      expect([...variablesOf(text)].map(([one, two]) => [one, two.value])).toEqual(pairs);
    }),
  );
});

test('nodes and profiles of any content are read or told', async () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('menu-default', 'bootdiskless', 'node-image', 'i', 'equipment-profile', 'eq-console', '${x}', '\u0000', '\u001b[0m')); // prettier-ignore
  const line = fc
    .tuple(
      fc.constantFrom('set ', 'set menu-default ', 'set equipment-profile ', 'set eq-console ', ''),
      word,
    )
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      for (const directory of ['nodes', 'equipment_profiles'])
        await there.write(`preboot_execution_environment/${directory}/c1.ipxe`, lines.join('\n'));
      try {
        await plan();
      } catch (error) {
        expect(error).toBeInstanceOf(SlipwayError);
      }
    }),
    { numRuns: 60 },
  );
});
