/** Small packages that show one thing each. */
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { userScript, type PackageDefinition, type Release } from '../package.ts';

/** Streams of the module `toolbox`; NAME:STREAM:VERSION:CONTEXT. */
export const STREAMS = ['1', '2'] as const;
export const moduleOf = (stream: string, release: Release) =>
  `toolbox:${stream}:${release}0240101:5abc${release}`;

export function extras(release: Release): PackageDefinition[] {
  return [
    ...STREAMS.map((stream): PackageDefinition => ({
      name: 'toolbox',
      summary: `A program in two streams; this is ${stream}`,
      version: `${stream}.${release}`,
      each: true,
      module: moduleOf(stream, release),
      requires: ['bash'],
      files: { '/usr/bin/toolbox': `#!/usr/bin/bash\necho toolbox ${stream} of release ${release}\n` },
      marks: { '/usr/bin/toolbox': '%attr(0755,root,root)' },
    })),
    {
      name: 'linux-firmware',
      summary: 'Firmware, which nothing here needs',
      version: '20240101',
      files: { '/usr/lib/firmware/README': 'There would be firmware here.\n' },
    },
    {
      name: 'special-files',
      summary: 'What must not get lost on the way: hard links, owners, modes',
      version: '1',
      requires: ['shadow-utils'],
      files: {
        '/usr/share/special/one': 'one file, two names\n',
        '/usr/share/special/owned': 'somebody’s\n',
        '/usr/share/special/setgid': 'with special bits\n',
      },
      marks: {
        '/usr/share/special/owned': '%attr(0640,special,special)',
        '/usr/share/special/setgid': '%attr(6711,root,special)',
      },
      scripts: { pre: userScript('special', 345) },
      finish: async (directory) =>
        await link(join(directory, 'usr/share/special/one'), join(directory, 'usr/share/special/two')),
    },
    {
      name: 'only-here',
      summary: `Which only release ${release} has`,
      version: release,
      each: true,
      files: { [`/usr/share/only-in-${release}`]: `${release}\n` },
    },
  ];
}
