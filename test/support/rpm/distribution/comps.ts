/** Groups: what `dnf install @core` means. */
interface Group {
  id: string;
  name: string;
  mandatory: string[];
  default?: string[];
  optional?: string[];
}

const GROUPS: readonly Group[] = [
  {
    id: 'core',
    name: 'Core',
    mandatory: ['bash', 'coreutils', 'curl', 'dnf', 'e2fsprogs', 'filesystem', 'glibc', 'hostname', 'iproute', 'iputils', 'less', 'openssh-clients', 'openssh-server', 'procps-ng', 'rpm', 'setup', 'shadow-utils', 'slipway-release', 'systemd', 'util-linux', 'xfsprogs', 'yum'],
    default: ['NetworkManager', 'only-here'],
    optional: ['dracut-live', 'dracut-network'],
  },
  { id: 'network-tools', name: 'Network tools', mandatory: ['dhcp-client', 'iputils'], default: ['curl'], optional: ['openssh-clients'] },
]; // prettier-ignore

/** comps.xml of both releases. */
export function comps(): string {
  const groups = GROUPS.map((group) => {
    const line = (type: string) => (name: string) => `      <packagereq type="${type}">${name}</packagereq>`;
    return [
      '  <group>',
      `    <id>${group.id}</id>`,
      `    <name>${group.name}</name>`,
      `    <description>${group.name}</description>`,
      '    <default>true</default>',
      '    <uservisible>true</uservisible>',
      '    <packagelist>',
      ...group.mandatory.map(line('mandatory')),
      ...(group.default ?? []).map(line('default')),
      ...(group.optional ?? []).map(line('optional')),
      '    </packagelist>',
      '  </group>',
    ].join('\n');
  });
  const environment = [
    '  <environment>',
    '    <id>minimal-environment</id>',
    '    <name>Minimal Install</name>',
    '    <description>Basic functionality.</description>',
    '    <display_order>1</display_order>',
    '    <grouplist>',
    '      <groupid>core</groupid>',
    '    </grouplist>',
    '    <optionlist>',
    '      <groupid>network-tools</groupid>',
    '    </optionlist>',
    '  </environment>',
  ].join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<comps>\n${[...groups, environment].join('\n')}\n</comps>\n`;
}
