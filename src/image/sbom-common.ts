import type { Digest, ImageConfig, InstalledPackage } from './types.ts';

/** Package URL, https://github.com/package-url/purl-spec: `pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12`. */
function packageUrl(config: Pick<ImageConfig, 'system'>, one: InstalledPackage): string {
  const id = (config.system['ID'] ?? '').toLowerCase();
  const family = `${id} ${config.system['ID_LIKE'] ?? ''}`.toLowerCase();
  const type = /\b(debian|ubuntu)\b/.test(family)
    ? 'deb'
    : /\b(rhel|fedora|centos|suse|opensuse|sles)\b/.test(family)
      ? 'rpm'
      : 'generic';
  const epoch = type === 'rpm' ? /^(\d+):(.*)$/.exec(one.version) : undefined;
  const qualifiers: [string, string | undefined][] = [
    ['arch', one.architecture],
    ['distro', id && [id, config.system['VERSION_ID']].filter(Boolean).join('-')],
    ['epoch', epoch?.[1]],
  ];
  const query = qualifiers.flatMap(([key, value]) => (value ? `${key}=${encode(value)}` : [])).join('&');
  const path = [type, ...(type === 'generic' || !id ? [] : [encode(id)]), encode(one.name)].join('/');
  return `pkg:${path}@${encode(epoch?.[2] ?? one.version)}${query && `?${query}`}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A UUID (version 8: own content) made of a digest, so that it is the same for the same image. */
export function uuidOf(digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The image's date as both formats want it: whole seconds, UTC. */
export function dateOf(config: Pick<ImageConfig, 'date'>): string {
  const time = Date.parse(config.date);
  return new Date(Number.isNaN(time) ? 0 : time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The packages with their URLs; what is listed twice is there once. */
export function packagesWithUrls(config: ImageConfig): { one: InstalledPackage; url: string }[] {
  return [...new Map(config.packages.map((one) => [packageUrl(config, one), one]))].map(([url, one]) => ({
    one,
    url,
  }));
}
