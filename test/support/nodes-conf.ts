/** A `nodes.conf` as Warewulf 4 keeps it for a cluster: racks, GPU nodes, service nodes, profiles, management controllers. */

export interface Cluster {
  /** Default: 1000. */
  nodes?: number;
  /** Image of the profile `default`; what else the cluster boots is `IMAGE-gpu`. Default: rockylinux-9. */
  image?: string;
  /** First two numbers of its /16, in which the server is .0.1. Default: 10.1. */
  network?: string;
  /** 4.6 renamed keys and made lists of texts. Default: 4.6. */
  version?: '4.4' | '4.6';
  /** Only one image: no profile names another. */
  oneImage?: boolean;
}

const RACK = 40;

/** Name in Slipway, counted from 1: `c0001`. */
export const nodeName = (index: number): string => `c${String(index).padStart(4, '0')}`;
/** MAC address, as Slipway writes it. */
export const nodeMac = (index: number): string =>
  `52:54:00:${(index + 0x100000).toString(16).match(/../g)?.join(':')}`;
export const nodeAddress = (index: number, network = '10.1'): string =>
  `${network}.${(index + 256) >> 8}.${(index + 256) & 255}`;

export function nodesConf({
  nodes = 1000,
  image = 'rockylinux-9',
  network = '10.1',
  version = '4.6',
  oneImage = false,
}: Cluster = {}): string {
  const old = version === '4.4';
  const imageKey = old ? 'container name' : 'image name';
  const list = (indent: string, words: string[]) => words.map((word) => `${indent}- ${word}`);
  const kernel = (words: string[]) =>
    old
      ? ['    kernel:', `      args: ${words.join(' ')}`]
      : ['    kernel:', '      args:', ...list('      ', words)];
  const lines = [
    ...(old ? ['WW_INTERNAL: 43'] : []),
    'nodeprofiles:',
    '  default:',
    '    comment: This profile is automatically included for each node',
    '    cluster name: atlas',
    `    ${imageKey}: ${image}`,
    '    ipxe template: default',
    '    runtime overlay:',
    ...(old ? ['    - generic'] : list('    ', ['hosts', 'ssh.authorized_keys', 'syncuser'])),
    '    system overlay:',
    ...(old ? ['    - wwinit'] : list('    ', ['wwinit', 'wwclient', 'fstab', 'hostname', 'ssh.host_keys'])),
    ...kernel(['quiet', 'crashkernel=no', 'console=tty0', 'console=ttyS0,115200n8']),
    '    ipmi:',
    '      username: ADMIN',
    '      password: "calvin"',
    `      netmask: 255.255.0.0`,
    `      gateway: ${network}.0.1`,
    '      interface: lanplus',
    '      write: "true"',
    '    init: /sbin/init',
    '    root: initramfs',
    '    network devices:',
    '      default:',
    '        type: ethernet',
    '        onboot: "true"',
    '        device: eth0',
    '        netmask: 255.255.0.0',
    `        gateway: ${network}.0.1`,
    '    primary network: default',
    ...(old
      ? []
      : [
          '    resources:',
          '      fstab:',
          '      - spec: warewulf:/home',
          '        file: /home',
          '        vfstype: nfs',
          '        mntops: defaults,nofail',
        ]),
    '  gpu:',
    '    comment: Nodes with four accelerators',
    ...(oneImage ? [] : [`    ${imageKey}: ${image}-gpu`]),
    // A text replaces, a list adds.
    ...kernel([
      ...(old ? ['quiet', 'crashkernel=no', 'console=tty0', 'console=ttyS0,115200n8'] : []),
      'iommu=pt',
      'rd.driver.blacklist=nouveau',
    ]),
    '    tags:',
    '      accelerator: a100',
    '  service:',
    '    comment: Login and management nodes',
    '    network devices:',
    '      campus:',
    '        device: eth1',
    '        type: ethernet',
    '        mtu: "1500"',
    'nodes:',
  ];
  for (let index = 1; index <= nodes; index++) {
    const service = index % 250 === 0;
    const gpu = !service && index % 20 === 0;
    const rack = Math.ceil(index / RACK);
    const bmc = nodeAddress(index, '10.200');
    lines.push(
      `  ${nodeName(index)}.atlas.example:`,
      ...(index % 100 === 1 ? ['    comment: First of its hundred, with a label "A"'] : []),
      '    profiles:',
      ...list('    ', ['default', ...(gpu ? ['gpu'] : []), ...(service ? ['service'] : [])]),
      '    network devices:',
      '      default:',
      `        hwaddr: ${index % 2 ? nodeMac(index).toUpperCase() : nodeMac(index)}`,
      `        ipaddr: ${nodeAddress(index, network)}`,
    );
    if (service)
      lines.push(
        '      campus:',
        `        hwaddr: ${nodeMac(index + 0x10000)}`,
        `        ipaddr: 192.0.2.${index / 250}`,
        '        netmask: 255.255.255.0',
      );
    lines.push(
      '    ipmi:',
      `      ipaddr: ${bmc}`,
      '    tags:',
      `      rack: r${String(rack).padStart(2, '0')}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
