/** The form of steps. */
import { z } from 'zod';
import { FileEntry, UserEntry } from './entries.ts';
import {
  environmentValue,
  hostFile,
  kernelModule,
  kernelVersion,
  packageName,
  unit,
  variableName,
} from './fields.ts';

export const PackagesStep = z.strictObject({
  install: z.array(packageName).default([]).describe('Packages to install, as `name` or `name=version`'),
  remove: z.array(packageName).default([]).describe('Packages to remove, with their configuration'),
  recommends: z.boolean().default(false).describe('Install recommended packages too'),
});

export const RunStep = z
  .strictObject({
    script: z.string().optional().describe('Text of the script; this or `file`'),
    file: hostFile.optional().describe('Script beside the recipe, instead of `script`'),
    interpreter: z
      .array(environmentValue.min(1))
      .min(1)
      .default(['/bin/sh', '-eu'])
      .describe('Program of the image, with arguments, that reads the script'),
    network: z
      .boolean()
      .default(false)
      .describe('Whether the script may use the network; what it fetches is not part of the cache key'),
    environment: z
      .record(variableName, environmentValue)
      .default({})
      .describe('Further environment variables'),
    inputs: z
      .array(hostFile)
      .default([])
      .describe('Files beside the recipe that the script finds under /run/slipway/inputs'),
  })
  .refine((run) => (run.script === undefined) !== (run.file === undefined), {
    error: 'needs either script or file',
  });

export const ServicesStep = z.strictObject({
  enable: z.array(unit).default([]).describe('systemd units to start at boot'),
  disable: z.array(unit).default([]).describe('systemd units not to start at boot'),
  mask: z.array(unit).default([]).describe('systemd units that nothing may start'),
});

export const KernelStep = z
  .strictObject({
    package: packageName
      .optional()
      .describe(
        'Kernel package to install; `default`: that of the distribution, unless the tree has one; without it a kernel that the tree has',
      ),
    pool: kernelVersion
      .optional()
      .describe('Kernel of the pool (`slipway kernel ls`) to take, with its modules, instead of a package'),
    version: kernelVersion.optional().describe('Which kernel, where the tree has several'),
    arguments: z
      .array(z.string().regex(/^[^\s"\0]+$/, 'must be one argument, without blanks and quotes'))
      .default([])
      .describe('Kernel command line, one argument an entry'),
    modules: z.array(kernelModule).default([]).describe('Modules to have, and to load, in the initramfs'),
    compress: z
      .enum(['zstd', 'xz', 'gzip'])
      .optional()
      .describe('Of the initramfs; default: the best that the kernel can unpack'),
  })
  .refine((kernel) => kernel.package === undefined || kernel.pool === undefined, {
    path: ['pool'],
    error: 'is instead of package: name one of them',
  });

const title = z.string().max(100).optional().describe('What progress lines call this step');

export const Step = z
  .union([
    z.strictObject({
      packages: z
        .union([
          z.array(packageName).transform((install) => ({ install, remove: [], recommends: false })),
          PackagesStep,
        ])
        .describe('Install and remove packages; a list is short for `install`'),
      title,
    }),
    z.strictObject({ files: z.array(FileEntry).min(1).describe('Put, change and remove files'), title }),
    z.strictObject({
      run: z
        .union([z.string().transform((script) => RunStep.parse({ script })), RunStep])
        .describe('Run a script in the image’s tree; text is short for `script`'),
      title,
    }),
    z.strictObject({ users: z.array(UserEntry).min(1).describe('Make or change users'), title }),
    z.strictObject({ services: ServicesStep.describe('Enable, disable and mask systemd units'), title }),
    z.strictObject({
      kernel: KernelStep.describe('The kernel that nodes boot, and its command line'),
      title,
    }),
  ])
  .meta({ title: 'step' });

export type Step = z.output<typeof Step>;
export type PackagesStep = z.output<typeof PackagesStep>;
export type RunStep = z.output<typeof RunStep>;
export type ServicesStep = z.output<typeof ServicesStep>;
export type KernelStep = z.output<typeof KernelStep>;
