/** What a package of the test distribution is made of. */
export type Release = '8' | '9';

export interface PackageDefinition {
  name: string;
  summary?: string;
  /** Default: that of the first of `from`. */
  version?: string;
  /** Packages of Debian whose files it takes. */
  from?: readonly string[];
  /** Of those files only these; paths as on a RHEL-like system. */
  only?: (path: string) => boolean;
  /** Whether documentation, manual pages and messages stay in it. */
  docs?: boolean;
  /** Content of its own: path to text. Files below `files/NAME` are its own too. */
  files?: Readonly<Record<string, string>>;
  /** Path to target. */
  links?: Readonly<Record<string, string>>;
  /** Path to mode. */
  directories?: Readonly<Record<string, string>>;
  /** For %files: such as `%attr(4755,root,root)` or `%caps(cap_net_raw=p)`. */
  marks?: Readonly<Record<string, string>>;
  /** Paths that scripts make. */
  ghosts?: readonly string[];
  /** Besides what the packages of Debian depend on. */
  requires?: readonly string[];
  /** What they depend on, and this one does not. */
  ignores?: readonly string[];
  provides?: readonly string[];
  recommends?: readonly string[];
  /** Body by section with its options, such as `post` or `transfiletriggerin -- /usr/lib64`. */
  scripts?: Readonly<Record<string, string>>;
  /** Changes the files before they are packed. */
  finish?: (directory: string) => Promise<void>;
  /** One in each release, built for it; otherwise both have the same. */
  each?: boolean;
  /** `NAME:STREAM:VERSION:CONTEXT` of a module. */
  module?: string;
}

/** `%post` of a package with units, as RHEL-like distributions write it. */
export function unitScripts(...units: string[]): Record<string, string> {
  const names = units.join(' ');
  return {
    post: `[ $1 -ne 1 ] || systemctl --no-reload preset ${names} &>/dev/null || :`,
    preun: `[ $1 -ne 0 ] || systemctl --no-reload disable --now ${names} &>/dev/null || :`,
  };
}

/** `%pre` that makes a system user, as RHEL-like distributions write it. */
export function userScript(name: string, id: number, home = '/', comment = name): string {
  return [
    `getent group ${name} >/dev/null || groupadd -g ${id} -r ${name} || :`,
    `getent passwd ${name} >/dev/null || useradd -c '${comment}' -u ${id} -g ${name} -s /sbin/nologin -r -d ${home} ${name} || :`,
  ].join('\n');
}
