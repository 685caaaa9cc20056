/** For tests: an installation of BlueBanquise in a temporary directory, written as its tools write it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const KERNEL = '4.18.0-305.el8.x86_64';
export const HASH =
  '$6$fUfb9XQ2RCxHO15O$TubY.EQ44IP1xxbZYdpQl1mDrpyz1SoZ8eW3ApK3IoadfC7KjHCej7UtCjBLTbX9UBZm5rgKFhP1NfQUrIUxZ1';

const IMAGES = '/var/www/html/preboot_execution_environment/diskless/images';

export class BlueBanquise implements AsyncDisposable {
  /** Holds everything. */
  readonly root: string;
  /** `preboot_execution_environment` */
  readonly directory: string;
  /** Holds `staging` and `golden`. */
  readonly nfs: string;

  private constructor(root: string) {
    this.root = root;
    this.directory = join(root, 'preboot_execution_environment');
    this.nfs = join(root, 'nfsimages');
  }

  /** Empty but for its directories. */
  static async open(): Promise<BlueBanquise> {
    const made = new BlueBanquise(await mkdtemp(join(tmpdir(), 'slipway-bluebanquise-')));
    for (const name of ['diskless/images', 'diskless/kernels', 'nodes', 'equipment_profiles'])
      await mkdir(join(made.directory, name), { recursive: true });
    return made;
  }

  /** @param path below the root */
  async write(path: string, content: string | Uint8Array): Promise<string> {
    const file = join(this.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  async kernel(version = KERNEL, content: string | Uint8Array = 'kernel'): Promise<string> {
    return await this.write(`preboot_execution_environment/diskless/kernels/vmlinuz-${version}`, content);
  }

  /** image_data.yml: each attribute a line of `key: str(value)`, as Python has it. */
  async image(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    const all = { name, IMAGE_DIRECTORY: `${IMAGES}/${name}/`, creation_date: '2021-10-21', ...data };
    const lines = Object.entries(all).map(([key, value]) => `\n    ${key}: ${value}`);
    await this.write(
      `preboot_execution_environment/diskless/images/${name}/image_data.yml`,
      `image_data:\n    ${lines.join('')}`,
    );
  }

  async livenet(name: string, data: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.image(name, {
      password: HASH,
      kernel: `vmlinuz-${KERNEL}`,
      image: `initramfs-kernel-${KERNEL}`,
      livenet_type: 'Type.CORE',
      livenet_size: '700',
      selinux: 'False',
      optimize: 'False',
      is_mounted: 'False',
      WORKING_DIRECTORY: `/var/tmp/diskless/workdir/${name}/`,
      MOUNT_DIRECTORY: `/var/tmp/diskless/workdir/${name}/mnt/`,
      image_class: 'LivenetImage',
      ...data,
    });
  }

  async golden(name: string, nodes: string, data: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.image(name, {
      kernel: `vmlinuz-${KERNEL}`,
      image: `initramfs-kernel-${KERNEL}`,
      password: HASH,
      nodes,
      NFS_DIRECTORY: `/diskless/images/nfsimages/golden/${name}/`,
      image_class: 'NfsGoldenImage',
      ...data,
    });
  }

  /** nodes/NODE.ipxe as bootset writes it. */
  async node(
    name: string,
    boot: string,
    { image = 'none', profile = 'typeC', dedicated = '', extra = 'none' } = {},
  ): Promise<void> {
    await this.write(
      `preboot_execution_environment/nodes/${name}.ipxe`,
      [
        '#!ipxe',
        `echo | Entering ${name}.ipxe file.`,
        '# Current default action',
        `set menu-default boot${boot}`,
        '# Current node parameters:',
        `set equipment-profile ${profile}`,
        `set dedicated-kernel-parameters ${dedicated}`,
        `set node-image ${image}`,
        `set extra-parameters ${extra}`,
        'echo |',
        'chain http://${next-server}/preboot_execution_environment/equipment_profiles/${equipment-profile}.ipxe || shell',
      ].join('\n'),
    );
  }

  /** equipment_profiles/PROFILE.ipxe as the role pxe_stack writes it. */
  async profile(name: string, console: string, parameters: string): Promise<void> {
    await this.write(
      `preboot_execution_environment/equipment_profiles/${name}.ipxe`,
      [
        '#!ipxe',
        `set eq-equipment-profile ${name}`,
        'set eq-architecture ${arch}',
        'set eq-distribution centos',
        `set eq-console ${console}`,
        `set eq-kernel-parameters ${parameters}`,
        'chain http://${next-server}/preboot_execution_environment/menu.ipxe || shell',
      ].join('\n'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
