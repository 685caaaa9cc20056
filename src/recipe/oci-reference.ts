/** How skopeo is told where a container image is. skopeo(1), containers-transports(5) */
import { basename, dirname, resolve } from 'node:path';

export interface OciPlace {
  /** As skopeo takes it. */
  name: string;
  /** Directory in which it means that; nothing for registries. */
  cwd?: string;
  /** What lies on this host: a directory or a file. */
  path?: string;
}

/** `image` as a recipe names it; paths start from `base`. Undefined: a path whose name skopeo cannot take. */
export function ociPlace(image: string, base: string): OciPlace | undefined {
  if (image.startsWith('docker://')) return { name: image };
  const [, transport = '', rest = ''] = /^([a-z-]+):(.*)$/s.exec(image) ?? [];
  // What follows the last colon is a tag, unless a directory comes after it.
  const at = rest.lastIndexOf(':');
  const tag = at > rest.lastIndexOf('/') ? rest.slice(at) : '';
  const path = resolve(base, tag === '' ? rest : rest.slice(0, at));
  // A name of its own in its directory: skopeo takes the first colon of a path for the beginning of a tag.
  if (basename(path).includes(':') || basename(path) === '') return undefined;
  return { name: `${transport}:${basename(path)}${tag}`, cwd: dirname(path), path };
}

/** The same image by the digest of what was looked at, so that a tag that moves meanwhile changes nothing. */
export function pinned({ name }: OciPlace, digest: string): string {
  if (!name.startsWith('docker://')) return name;
  const bare = name.replace(/@[^@/]*$/, '').replace(/:[^:/]*$/, '');
  return `${bare}@${digest}`;
}
