/** Forms of single values in recipes. What passes here may become part of a command, a path or a line of a file. */
import { posix } from 'node:path';
import { z } from 'zod';
import { parseSize, SIZE_LIMITS } from '../system/size.ts';

export { archiveUrl, hostFile, proxyUrl, rpmName } from '../system/rpm-repository.ts';

export const packageName = z
  .string()
  .regex(
    /^@?[A-Za-z0-9][A-Za-z0-9+._:~-]*(=[A-Za-z0-9+._:~-]+)?$/,
    'must be a package name, optionally name=version, or @group',
  );

/** Path inside the image: absolute, never with `..`; `//` and `/.` are taken out. May be `/`. */
export const imagePathOrRoot = z
  .string()
  .regex(/^\/[^\0\n]*$/, { error: 'must be an absolute path inside the image', abort: true })
  .refine((p) => !p.split('/').includes('..'), 'must not contain ..')
  .refine((p) => p === '/' || !p.endsWith('/'), 'must be the path itself, without / at its end')
  .overwrite((p) => posix.normalize(p));

/** The same, below `/`. */
export const imagePath = imagePathOrRoot.refine((p) => p !== '/', 'must not be the root directory');

/** A path that stands in passwd(5), where a colon ends a field. */
export const passwdPath = imagePath.regex(/^[^:]*$/, 'must not contain a colon');

export const mode = z.string().regex(/^[0-7]{3,4}$/, 'must be an octal mode in quotes, such as "0644"');

export const owner = z
  .string()
  .regex(
    /^([a-z_][a-z0-9_-]*|\d+)(:([a-z_][a-z0-9_-]*|\d+))?$/,
    'must be user or user:group, by name or number',
  );

export const account = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,31}$/,
    'must start with a letter or _, then a-z 0-9 _ -, at most 32 characters',
  );

/** Never begins with a hyphen, which systemctl would take for an option. */
export const unit = z.string().regex(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/, 'must be a systemd unit name');

export const kernelModule = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, 'must be the name of a kernel module');

/** Variables of templates and of the environment. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name: letters, digits and _ only, no digit first');

export const passwordHash = z
  .string()
  .regex(
    /^(\$[a-z0-9]+\$[^\s:]+|[*!]+)$/,
    'must be a crypt(5) hash, such as from mkpasswd -m yescrypt, never a clear password',
  );

export const environmentValue = z.string().regex(/^[^\0]*$/, 'must not contain NUL');

/** `1500M`, `1.5G`, a bare number of MiB (as disklessset takes it), or `auto`. system/size.ts works it out. */
export const imageSize = z
  .union([
    z.int().transform((mib) => `${mib}M`),
    z.string().regex(/^(auto|\d{1,9}(\.\d{1,3})?[MG]?)$/, 'must be a size such as 1500M or 1.5G, or auto'),
  ])
  .refine((size) => {
    const mib = (parseSize(size) ?? 0) / 2 ** 20;
    return size === 'auto' || (mib >= SIZE_LIMITS.minimum && mib <= SIZE_LIMITS.maximum);
  }, `must be between ${SIZE_LIMITS.minimum}M and ${SIZE_LIMITS.maximum}M`);

/** As in /lib/modules and `uname -r`. */
export const kernelVersion = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9+._~-]{0,127}$/, 'must be a kernel version, as in /lib/modules');
