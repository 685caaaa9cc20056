/** Parameters files, as the documentation of disklessset has them and as users write them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isHash } from '../build/password.ts';
import { errorText } from '../cli/render/error.ts';
import { styleFor } from '../cli/render/style.ts';
import { loadRecipe } from '../recipe/load.ts';
import { SlipwayError } from '../system/errors.ts';
import type { SlipwayEvent } from '../system/events.ts';
import { pathsUnder } from '../system/paths.ts';
import { checkKernel, checkName, checkNewName, checkPackages, checkSize } from './check.ts';
import { looksLikeParameters } from './detect.ts';
import { hostRelease } from './host-release.ts';
import { loadParameters, type LoadOptions } from './load.ts';
import type { LivenetParameters } from './model.ts';
import { readParameters } from './read.ts';
import { recipeText, resolveParameters, type Bootable } from './recipe.ts';
import { ROOT_LOGIN } from './scripts.ts';

const KERNEL = '4.18.0-305.el8.x86_64';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g root@mngt';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-parameters-'));
  writeFileSync(join(directory, 'id_rsa.pub'), `${KEY}\n`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The template of the documentation, word for word but for the place of the key. */
const livenet = () => `  image_data:

      name: livenet1
      password: root
      kernel: vmlinuz-4.18.0-305.el8.x86_64
      livenet_type: Type.CORE
      livenet_size: 700
      ssh_pub_key: ${directory}/id_rsa.pub
      selinux: False
      optimize: False
      additional_packages: ['gzip']
      release_version: 8
      image_class: LivenetImage

`;

const STAGING = `  image_data:

      name: nfs1
      password: root
      kernel: vmlinuz-4.18.0-305.el8.x86_64
      additional_packages: ['gzip']
      release_version: 8
      image_class: NfsStagingImage
`;

const events: SlipwayEvent[] = [];
const write = (text: string, mode = 0o600): string => {
  const file = join(directory, 'p.yml');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};

async function load(
  text: string,
  { mode = 0o600, ...options }: Partial<LoadOptions> & { mode?: number } = {},
) {
  events.length = 0;
  return await loadParameters(write(text, mode), {
    paths: pathsUnder(directory),
    kernels: [KERNEL],
    sink: (event) => events.push(event),
    osRelease: '/nonexistent',
    ...options,
  });
}

async function errors(work: Promise<unknown>): Promise<SlipwayError[]> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return [error, ...error.also];
  }
  return [];
}

/** `line:column code message | todo` */
async function mistakes(text: string, options?: Parameters<typeof load>[1]): Promise<string[]> {
  return (await errors(load(text, options))).map(
    ({ where, code, message, todo }) => `${where?.line}:${where?.column} ${code} ${message} | ${todo}`,
  );
}

describe('the templates of the documentation', () => {
  test('livenet', async () => {
    const { parameters, places } = await load(livenet());
    expect(parameters).toEqual({
      kind: 'livenet',
      name: 'livenet1',
      password: expect.stringMatching(/^\$6\$rounds=100000\$/),
      kernel: KERNEL,
      type: 'CORE',
      size: '700M',
      sshKey: `${KEY}\n`,
      selinux: false,
      optimize: false,
      additionalPackages: ['gzip'],
      releaseVersion: '8',
    });
    expect(events).toEqual([]);
    const recipe = resolveParameters(parameters as Bootable, { file: join(directory, 'p.yml'), places }, {});
    expect(recipe).toMatchObject({
      name: 'livenet1',
      size: '700M',
      root: {
        source: {
          redhat: {
            release: '8',
            type: 'core',
            packages: ['gzip'],
            optimize: false,
            weak_dependencies: false,
          },
        },
        place: { line: 11, column: 28 },
      },
    });
    expect(recipe.selinux).toBeUndefined();
    expect(recipe.steps.map(({ step, place }) => [Object.keys(step)[0], place.line])).toEqual([
      ['kernel', 5],
      ['users', 4],
      ['run', 13],
      ['run', 13],
    ]);
    expect(recipe.steps[0]?.step).toMatchObject({ kernel: { pool: KERNEL } });
    expect(recipe.steps[1]?.step).toMatchObject({ users: [{ name: 'root', ssh_keys: [KEY] }] });
  });

  test('defect 19: a staging image gets the release that was asked for, and @core', async () => {
    const { parameters } = await load(STAGING.replace(': 8', ': 9.4'));
    expect(parameters).toMatchObject({ kind: 'nfs-staging', releaseVersion: '9.4' });
    const recipe = resolveParameters(parameters as Bootable, { file: 'p.yml' }, {});
    expect(recipe.root).toMatchObject({
      source: { redhat: { release: '9.4', type: 'none', packages: ['@core', 'gzip'] } },
    });
  });

  test('a demo image', async () => {
    const text = 'image_data:\n  name: d\n  image_class: DemoImage\n  my_message: Hello!\n';
    expect((await load(text)).parameters).toEqual({ kind: 'demo', name: 'd', message: 'Hello!' });
  });

  test('what disklessset saves is taken too, and told', async () => {
    const saved = `image_data:
    
    name: livenet1
    IMAGE_DIRECTORY: /var/www/html/preboot_execution_environment/diskless/images/livenet1/
    password: $6$fUfb9XQ2RCxHO15O$TubY.EQ44IP1xxbZYdpQl1mDrpyz1SoZ8eW3ApK3IoadfC7KjHCej7UtCjBLTbX9UBZm5rgKFhP1NfQUrIUxZ1
    kernel: vmlinuz-${KERNEL}
    image: initramfs-kernel-${KERNEL}
    livenet_type: Type.STANDARD
    livenet_size: 1500
    selinux: True
    optimize: True
    release_version: 8.10
    is_mounted: False
    WORKING_DIRECTORY: /var/tmp/diskless/workdir/livenet1/
    MOUNT_DIRECTORY: /var/tmp/diskless/workdir/livenet1/mnt/
    image_class: LivenetImage
    creation_date: 2020-10-21`;
    const { parameters } = await load(saved, { mode: 0o644 });
    expect(parameters).toMatchObject({
      type: 'STANDARD',
      selinux: true,
      optimize: true,
      releaseVersion: '8.10',
      password: expect.stringMatching(/^\$6\$fUfb/),
    });
    expect(events).toEqual([
      expect.objectContaining({
        level: 'info',
        message:
          'Ignored, for only disklessset has a use for it: IMAGE_DIRECTORY, image, is_mounted, WORKING_DIRECTORY, MOUNT_DIRECTORY, creation_date',
      }),
    ]);
    const recipe = resolveParameters(parameters as Bootable, { file: 'p.yml' }, {});
    expect(recipe.selinux).toMatchObject({ mode: 'enforcing' });
    expect(recipe.root).toMatchObject({
      source: { redhat: { type: 'standard', optimize: true } },
    });
  });
});

describe('mistakes', () => {
  test('all together, with their places and what was probably meant', async () => {
    const text = `image_data:
  name: My Image
  password: secret
  kernel: vmlinuz-4.18.0-304.el8.x86_64
  livenet_typ: Type.CORE
  livenet_size: 0.05G
  selinux: Maybe
  additional_packages: gzip
  release_version: eight
  image_class: LivenetImage
more: 1
`;
    expect(await mistakes(text)).toEqual([
      '2:3 parameters/missing The parameter optimize is missing | Add it below image_data.',
      '2:9 parameters/name "My Image" is not a valid image name | Choose a name such as livenet1.',
      '5:3 parameters/unknown-key Unknown parameter "livenet_typ" | Did you mean livenet_type?',
      '6:17 parameters/size-limits Size out of limits: "0.05G" | Choose a size between 100M and 48.8G, or auto.',
      '7:12 parameters/form selinux must be True or False | Write it like selinux: False.',
      "8:24 parameters/form additional_packages must be a list of names | Write it like additional_packages: ['gzip'].",
      '9:20 parameters/release "eight" is not a release version | Write it like 9 or 9.4.',
      '11:1 parameters/unknown-key Unknown parameter "more" | Remove it.',
    ]);
  });

  test('what is looked at besides the file: kernel, key and release, together', async () => {
    const text = livenet()
      .replace('305', '304')
      .replace('id_rsa.pub', 'id_dsa.pub')
      .replace(/ *release_version.*\n/, '');
    expect(await mistakes(text)).toEqual([
      `5:15 parameters/kernel Kernel 4.18.0-304.el8.x86_64 is not in the pool | Did you mean vmlinuz-${KERNEL}?`,
      `8:20 parameters/no-key SSH public key not found: ${directory}/id_dsa.pub | Name a file such as /root/.ssh/id_ed25519.pub, or leave ssh_pub_key out.`,
      '3:7 parameters/no-release It is not clear which release to install | Add release_version, such as 9.',
    ]);
    expect(await mistakes(livenet(), { kernels: [] })).toEqual([
      '5:15 parameters/no-kernel No kernel available | Add one with its modules: slipway kernel add.',
    ]);
  });

  test.each([
    ['name: x\npassword: y\n', '1:1'],
    ['image_data:\n', '1:1'],
    ['image_data: [a]\n', '1:1'],
    ['image_data:\n  name: x\n', '2:3'],
    ['image_data:\n  image_class: LivenetImage\n', '2:3'],
    ['', '1:1'],
  ])('without name or class: %j', async (text, place) => {
    expect(await mistakes(text)).toEqual([
      expect.stringContaining(
        `${place} parameters/no-class Name or class not specified in the parameters file |`,
      ),
    ]);
  });

  test('defect 7: an empty name is refused, of every class', async () => {
    for (const name of ['', '""', "'  '", '~', 'None'])
      for (const text of [livenet().replace('livenet1', name), STAGING.replace('nfs1', name)])
        expect(await mistakes(text)).toEqual([expect.stringContaining('parameters/empty-name')]);
  });

  test.each(['../../etc', 'a b', '"a\\nb"', 'Üb', '-x', 'sha256', '"\\u001b[2J"', 'a/b'])(
    'a hostile name is refused: %s',
    async (name) => {
      expect(await mistakes(STAGING.replace('nfs1', name))).toEqual([
        expect.stringContaining('3:13 parameters/name'),
      ]);
    },
  );

  test('classes: what is meant, and what does not come from a file', async () => {
    const of = async (name: string) => await mistakes(STAGING.replace('NfsStagingImage', name));
    expect(await of('NfsStageImage')).toEqual([expect.stringContaining('Did you mean NfsStagingImage?')]);
    expect(await of('NfsGoldenImage')).toEqual([expect.stringContaining('made from a staging image')]);
    expect(await of('__proto__')).toEqual([expect.stringContaining('parameters/unknown-class')]);
  });

  test('values of another kind', async () => {
    expect(await mistakes(STAGING.replace('nfs1', '{a: b}').replace("['gzip']", '[[a]]'))).toEqual([
      '3:13 parameters/form name must be a text | Write it like name: value.',
      "6:28 parameters/form additional_packages must be a list of names | Write it like additional_packages: ['gzip'].",
    ]);
  });

  test('defect 9: all wrong packages are told, not only the first', () => {
    expect(() => checkPackages(['gzip', 'no such', '--x', '@core', 'a;b'])).toThrow(
      expect.objectContaining({
        message: 'Package "no such" not available',
        also: [
          expect.objectContaining({ message: 'Package "--x" not available' }),
          expect.objectContaining({ message: 'Package "a;b" not available' }),
        ],
      }),
    );
    expect(checkPackages(['gzip', 'gzip', '@core', 'kernel-modules', 'libstdc++'])).toHaveLength(4);
  });
});

describe('defect 8: sizes', () => {
  test.each([
    ['700', '700M'],
    ['700M', '700M'],
    ['0.5G', '0.5G'],
    ['1.5G', '1.5G'],
    ['100', '100M'],
    ['50000', '50000M'],
    ['auto', 'auto'],
  ])('%s', (text, size) => expect(checkSize(text)).toBe(size));

  test.each(["5'5G", '5,5G', '', 'G', '-700', '1e3', '0x700', '700MB', '7 00'])('%j is none', (text) => {
    expect(() => checkSize(text)).toThrow(expect.objectContaining({ code: 'parameters/size-form' }));
  });

  test.each(['99', '50001', '49G', '0', '0.05G', '999999999G'])('%s is out of limits', (text) => {
    expect(() => checkSize(text)).toThrow(expect.objectContaining({ code: 'parameters/size-limits' }));
  });
});

describe('passwords', () => {
  const everything = (value: unknown) => JSON.stringify([value, events]);

  test('a clear one is hashed at once, the same each time; nothing else keeps it', async () => {
    const text = STAGING.replace('password: root', 'password: Corr3ctHorse');
    const first = await load(text);
    const second = await load(text);
    expect(second).toEqual(first);
    expect(everything(first)).not.toContain('Corr3ctHorse');
    const { password } = first.parameters as LivenetParameters;
    const check = spawnSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', 'Corr3ctHorse', password]);
    expect(check.stdout.toString()).toBe(password);
  });

  test('a file that others can read gives a warning, but only with a clear password', async () => {
    await load(STAGING, { mode: 0o644 });
    expect(events).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('clear password and can be read by other users'),
        where: { file: join(directory, 'p.yml'), line: 4 },
      }),
    ]);
    await load(STAGING);
    expect(events).toEqual([]);
    await load(STAGING.replace('password: root', `password: $6$abcdefgh$${'x'.repeat(86)}`), { mode: 0o644 });
    expect(events).toEqual([]);
  });

  test.each(['$ecret$word', '!!', '*', '$6$short', '1234', 'yes', '0017', '~tilde', 'null1'])(
    '%s is a clear password, taken as it is written',
    (password) => {
      expect(isHash(password)).toBe(false);
      expect(readParameters(STAGING.replace(': root', `: '${password}'`), 'p').password).toEqual({
        text: password,
        hash: false,
      });
    },
  );

  test.each([
    '*Corr3ct',
    '&Corr3ct x',
    '@Corr3ct',
    '%Corr3ct',
    '{Corr3ct',
    '[Corr3ct',
    '"Corr3ct',
    "'Corr3ct",
    '!Corr3ct x',
    '>Corr3ct',
    'a: Corr3ct',
    '\n      Corr3ct: [',
    '|\n     Corr3ct',
  ])('no message shows a line with a password, whatever is wrong with it: %j', async (password) => {
    const found = await errors(load(STAGING.replace(': root', `: ${password}`).replace('nfs1', 'n n')));
    expect(found.length).toBeGreaterThan(0);
    for (const error of found)
      expect(errorText(error, styleFor({ isTTY: false, env: {} }))).not.toContain('Corr3ct');
  });

  test('an empty one is refused', async () => {
    expect(await mistakes(STAGING.replace(': root', ': ""'))).toEqual([
      expect.stringContaining('parameters/empty-password'),
    ]);
    expect(await mistakes(STAGING.replace(': root', ':'))).toEqual([
      expect.stringContaining('parameters/missing'),
    ]);
  });
});

describe('the recipe of it', () => {
  test('is one that slipway build takes, without the password', async () => {
    const { parameters } = await load(livenet().replace(': root', ': Corr3ctHorse'));
    const text = recipeText(parameters as Bootable, { prompt: true }, 'From p.yml');
    expect(text).not.toContain('$6$');
    expect(text).toContain('prompt: true');
    const file = join(directory, 'recipe.yml');
    writeFileSync(file, text);
    const [loaded, direct] = [
      await loadRecipe(file, { env: {} }),
      resolveParameters(parameters as Bootable, { file: 'p.yml' }, {}),
    ];
    const bare = (recipe: typeof loaded) =>
      JSON.stringify(
        [recipe.root, recipe.steps.map(({ step }) => step), recipe.size, recipe.clean, recipe.pack],
        (key, value: unknown) => (['place', 'base', 'password'].includes(key) ? undefined : value),
      );
    expect(bare(loaded)).toBe(bare(direct));
  });

  test('is told from recipes by its first key', async () => {
    expect(await looksLikeParameters(write(livenet()))).toBe(true);
    expect(
      await looksLikeParameters(write('name: x\nsteps:\n  - run: |\n      image_data: no\n# image_data:\n')),
    ).toBe(false);
    expect(await looksLikeParameters('/nonexistent')).toBe(false);
    expect(await looksLikeParameters('/dev/zero')).toBe(false);
    expect(await looksLikeParameters(directory)).toBe(false);
  });
});

describe('defect 1: sshd starts, and lets root in', () => {
  /** Runs the script of the image with its paths moved, and asks sshd itself. */
  function edited(
    config: string,
    dropIns?: Record<string, string>,
  ): { text: string; effective: string; status: number | null } {
    const etc = join(directory, 'ssh');
    mkdirSync(etc);
    const moved = (text: string) => text.replaceAll('/etc/ssh', etc);
    writeFileSync(join(etc, 'sshd_config'), moved(config));
    if (dropIns) mkdirSync(join(etc, 'sshd_config.d'));
    for (const [name, text] of Object.entries(dropIns ?? {}))
      writeFileSync(join(etc, 'sshd_config.d', name), text);
    const script = spawnSync('sh', ['-eu', '-c', moved(ROOT_LOGIN)], { encoding: 'utf8' });
    expect(script).toMatchObject({ status: 0, stderr: '' });
    const again = spawnSync('sh', ['-eu', '-c', moved(ROOT_LOGIN)], { encoding: 'utf8' });
    expect(again.status).toBe(0);
    const key = join(directory, 'key');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const sshd = spawnSync(
      '/usr/sbin/sshd',
      ['-T', '-h', key, '-f', join(etc, 'sshd_config'), '-C', 'user=root,host=x,addr=10.0.0.1'],
      { encoding: 'utf8' },
    );
    expect(sshd.stderr).toBe('');
    return {
      text: readFileSync(join(etc, 'sshd_config'), 'utf8'),
      effective: sshd.stdout,
      status: sshd.status,
    };
  }

  beforeEach(() => mkdirSync('/run/sshd', { recursive: true }));

  test.each([
    ['as EL8 has it', 'Port 22\n#PermitRootLogin prohibit-password\nPermitRootLogin no\nUsePAM yes\n'],
    ['without a newline at the end', 'Port 22\nPermitRootLogin no'],
    ['with a match block', 'Port 22\nMatch User nobody\n  PermitRootLogin no\n'],
    ['empty', ''],
  ])('%s', (_, config) => {
    const { text, effective, status } = edited(config);
    expect(status).toBe(0);
    expect(effective).toContain('permitrootlogin yes\n');
    // Nothing of what was there is lost, and it is not put in twice.
    expect(text).toBe(`PermitRootLogin yes\n${config}${config === '' || config.endsWith('\n') ? '' : '\n'}`);
  });

  test('as EL9 has it: a file of its own, before what the distribution says', () => {
    const config = '# comment\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n';
    const { text, effective } = edited(config, { '50-redhat.conf': 'PermitRootLogin no\n' });
    expect(effective).toContain('permitrootlogin yes\n');
    expect(text).not.toContain('PermitRootLogin');
  });
});

describe('single checks', () => {
  test('names', () => {
    expect(checkName('livenet1')).toBe('livenet1');
    expect(() => checkNewName('a', ['a'])).toThrow('Image a already exists, use another image name');
    expect(checkNewName('a', ['b'])).toBe('a');
  });

  test('kernels, with vmlinuz- and without', () => {
    expect(checkKernel(`vmlinuz-${KERNEL}`, [KERNEL])).toBe(KERNEL);
    expect(checkKernel(KERNEL, [KERNEL])).toBe(KERNEL);
    expect(() => checkKernel('../x', [KERNEL])).toThrow(
      expect.objectContaining({ code: 'parameters/kernel-form' }),
    );
  });

  test.each([
    ['ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"', '9'],
    ['ID=fedora\nVERSION_ID=40', '40'],
    ['ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"', '8'],
    ['ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"', '2023'],
  ])('the release of this host: %j', async (text, release) => {
    writeFileSync(join(directory, 'os-release'), `${text}\n`);
    expect(await hostRelease(join(directory, 'os-release'))).toBe(release);
  });

  test('a host without RPM has no release to install', async () => {
    writeFileSync(join(directory, 'os-release'), 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n');
    await expect(hostRelease(join(directory, 'os-release'))).rejects.toMatchObject({
      code: 'parameters/no-release',
      why: expect.stringContaining('Debian 12'),
    });
  });
});

test('whatever stands in a file, it is read or told, never a crash', () => {
  const keys = fc.constantFrom('name', 'password', 'kernel', 'livenet_type', 'livenet_size', 'ssh_pub_key', 'selinux', 'optimize', 'additional_packages', 'release_version', 'image_class', 'nodes', 'x'); // prettier-ignore
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'LivenetImage',
      'NfsStagingImage',
      'DemoImage',
      'NfsGoldenImage',
      '[a, b]',
      '{a: b}',
      '!!python/object/apply:os.system [id]',
      '*x',
      '&x [*x]',
      'True',
      '700',
      '~',
      '|',
    ),
  );
  const line = fc.tuple(keys, value).map(([key, text]) => `  ${key}: ${text}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, saved) => {
      try {
        const read = readParameters(['image_data:', ...lines].join('\n'), 'p.yml', { saved });
        if (!saved) expect(read.name).toMatch(/^[a-z0-9]/);
      } catch (error) {
        expect(error).toBeInstanceOf(SlipwayError);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is written is what is read', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/).filter((one) => one !== 'sha256' && !/^(true|false|null|none|~)$/i.test(one)); // prettier-ignore
  const packages = fc.array(fc.stringMatching(/^[a-z][a-z0-9+-]{0,12}$/), { maxLength: 5 });
  fc.assert(
    fc.property(
      name,
      packages,
      fc.string({ minLength: 1 }),
      fc.boolean(),
      (image, list, password, selinux) => {
        fc.pre(!/\p{Cc}/u.test(password) && password !== 'None' && password.isWellFormed());
        const text = livenet()
          .replace('livenet1', `'${image}'`)
          .replace('password: root', () => `password: '${password.replaceAll("'", "''")}'`)
          .replace("['gzip']", () => `[${list.map((one) => `'${one}'`).join(', ')}]`)
          .replace('selinux: False', `selinux: ${selinux ? 'True' : 'False'}`);
        const read = readParameters(text, 'p.yml');
        expect(read).toMatchObject({ name: image, selinux, additionalPackages: [...new Set(list)] });
        expect(read.password?.text).toBe(password);
      },
    ),
    { numRuns: 200 },
  );
});
