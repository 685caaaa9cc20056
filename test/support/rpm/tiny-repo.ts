/**
 * Tiny signed RPM repositories, made by the real tools in a second: a static busybox is the whole
 * system. What is wrong with a package, a key or an index is made on purpose.
 */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** All packages and indexes have this date: 2026-01-01. */
const EPOCH = '1767225600';

export interface TinyPackage {
  name: string;
  version?: string;
  release?: string;
  requires?: string[];
  recommends?: string[];
  conflicts?: string[];
  provides?: string[];
  /** Path → content. */
  files?: Record<string, string>;
  /** Path → file of this host. */
  copies?: Record<string, string>;
  /** Path → target. */
  links?: Record<string, string>;
  /** Path → mode. */
  directories?: Record<string, string>;
  /** Paths among `files`: documentation, and those of a language. */
  docs?: string[];
  languages?: Record<string, string>;
  pre?: string;
  post?: string;
  posttrans?: string;
}

/** A throw-away OpenPGP key with its keyring. */
export class SigningKey {
  readonly home: string;
  /** Armored public key. */
  readonly file: string;
  readonly #id: string;

  private constructor(home: string, file: string, id: string) {
    this.home = home;
    this.file = file;
    this.#id = id;
  }

  static async make(directory: string, name: string): Promise<SigningKey> {
    const home = join(directory, `${name}.gnupg`);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const id = `${name}@example.test`;
    const key = new SigningKey(home, join(directory, `${name}.asc`), id);
    await key.gpg('--passphrase', '', '--quick-gen-key', `${name} <${id}>`, 'rsa2048', 'sign', 'never');
    const { stdout } = await key.gpg('--armor', '--export');
    await writeFile(key.file, stdout);
    return key;
  }

  async gpg(...words: string[]): Promise<{ stdout: string }> {
    return await run('gpg', ['--batch', '--quiet', '--no-tty', '--homedir', this.home, ...words]);
  }

  async sign(rpms: readonly string[]): Promise<void> {
    const defines = ['__gpg /usr/bin/gpg', `_gpg_name ${this.#id}`, `_gpg_path ${this.home}`];
    await run('rpmsign', [...defines.flatMap((d) => ['--define', d]), '--addsign', ...rpms], {
      env: { ...process.env, GNUPGHOME: this.home },
    });
  }

  async close(): Promise<void> {
    await run('gpgconf', ['--homedir', this.home, '--kill', 'all']).catch(() => {});
  }
}

export class TinyRepo {
  readonly directory: string;
  readonly #work: string;

  private constructor(directory: string, work: string) {
    this.directory = directory;
    this.#work = work;
  }

  /** An empty repository in a directory of its own. */
  static async make(directory: string): Promise<TinyRepo> {
    const repo = new TinyRepo(directory, `${directory}.work`);
    await mkdir(join(directory, 'Packages'), { recursive: true });
    await mkdir(join(repo.#work, 'SPECS'), { recursive: true });
    return repo;
  }

  /** Builds packages, signed with `key` unless that is undefined. Call {@link index} afterwards. */
  async add(packages: readonly TinyPackage[], key: SigningKey | undefined): Promise<void> {
    const made: string[] = [];
    for (const one of packages) {
      const spec = join(this.#work, 'SPECS', `${one.name}.spec`);
      await writeFile(spec, specOf(one));
      const output = join(this.#work, `rpms-${one.name}`);
      const defines = [`_topdir ${this.#work}`, `_rpmdir ${output}`, 'use_source_date_epoch_as_buildtime 1', '_buildhost tiny', 'clamp_mtime_to_source_date_epoch 1']; // prettier-ignore
      await run('rpmbuild', ['-bb', '--quiet', '--nodeps', '--target', 'x86_64', ...defines.flatMap((d) => ['--define', d]), spec], {
        env: { ...process.env, SOURCE_DATE_EPOCH: EPOCH },
      }); // prettier-ignore
      const [name = ''] = await readdir(join(output, 'x86_64'));
      await copyFile(join(output, 'x86_64', name), join(this.directory, 'Packages', name));
      made.push(join(this.directory, 'Packages', name));
      await rm(output, { recursive: true });
    }
    if (key) await key.sign(made);
  }

  /** Writes the metadata anew. `sign`: also repomd.xml. */
  async index(options: { comps?: string; modules?: string; sign?: SigningKey } = {}): Promise<void> {
    const repodata = join(this.directory, 'repodata');
    await rm(repodata, { recursive: true, force: true });
    const words = ['--quiet', '--set-timestamp-to-revision', '--revision', EPOCH, '--no-database'];
    if (options.comps !== undefined) {
      await writeFile(join(this.#work, 'comps.xml'), options.comps);
      words.push('--groupfile', join(this.#work, 'comps.xml'));
    }
    await run('createrepo_c', [...words, this.directory]);
    if (options.modules !== undefined) {
      await writeFile(join(this.#work, 'modules.yaml'), options.modules);
      await run('modifyrepo_c', ['--mdtype=modules', join(this.#work, 'modules.yaml'), repodata]);
    }
    const index = join(repodata, 'repomd.xml');
    if (options.sign) await options.sign.gpg('--yes', '--armor', '--detach-sign', '--output', `${index}.asc`, index); // prettier-ignore
  }
}

/** An HTTP server for repositories, on loopback. */
export class TinyMirror {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  readonly #server: Server;

  private constructor(server: Server, asked: string[]) {
    this.#server = server;
    this.asked = asked;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async serve(directory: string): Promise<TinyMirror> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://mirror').pathname;
      asked.push(path);
      const file = join(directory, path);
      stat(file).then(
        (info) => {
          if (!info.isFile()) return response.writeHead(404).end();
          response.writeHead(200, { 'content-length': info.size });
          return createReadStream(file).pipe(response);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TinyMirror(server, asked);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A group of comps.xml. */
export function comps(groups: Record<string, string[]>): string {
  const entries = Object.entries(groups).map(
    ([id, packages]) =>
      `<group><id>${id}</id><name>${id}</name><description/><default>true</default><uservisible>true</uservisible><packagelist>${packages.map((p) => `<packagereq type="mandatory">${p}</packagereq>`).join('')}</packagelist></group>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd"><comps>${entries.join('')}</comps>`;
}

/** A module stream with one profile. https://github.com/fedora-modularity/libmodulemd, spec.v2.yaml */
export function moduleStream(module: string, stream: string, platform: string, rpms: string[]): string {
  return `---
document: modulemd
version: 2
data:
  name: ${module}
  stream: "${stream}"
  version: 1
  context: deadbeef
  arch: x86_64
  summary: A module
  description: A module
  license: {module: [MIT]}
  dependencies: [{buildrequires: {platform: [${platform}]}, requires: {platform: [${platform}]}}]
  profiles: {common: {rpms: [${[...new Set(rpms.map((r) => r.replace(/-\d.*/, '')))].join(', ')}]}}
  artifacts: {rpms: [${rpms.map((r) => `"${r}"`).join(', ')}]}
...
`;
}

/** A shell and a few programs, and the directories that a system has. */
export const SYSTEM: TinyPackage = {
  name: 'tiny-system',
  provides: ['/bin/sh'],
  copies: { '/usr/bin/busybox': '/bin/busybox' },
  links: {
    ...Object.fromEntries(
      ['sh', 'ls', 'cat', 'rm', 'mkdir', 'ln', 'cp', 'find', 'id', 'wget', 'touch', 'true', 'stat', 'ip', 'depmod', 'env'].map((name) => [`/usr/bin/${name}`, 'busybox']),
    ),
    '/bin': 'usr/bin',
    '/lib': 'usr/lib',
  }, // prettier-ignore
  files: {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    '/etc/group': 'root:x:0:\n',
    '/etc/os-release': 'ID=tiny\nID_LIKE="rhel"\nVERSION_ID="9.4"\nPLATFORM_ID="platform:el9"\n',
  },
  directories: { '/proc': '0555', '/sys': '0555', '/dev': '0755', '/run': '0755', '/tmp': '1777', '/var/tmp': '1777', '/root': '0550', '/var/log': '0755' },
}; // prettier-ignore

/** The spec file of a package without build. Its files are written by %install. */
function specOf(one: TinyPackage): string {
  const lines = (tag: string, values: string[] = []) => values.map((v) => `${tag}: ${v}\n`).join('');
  const script = (name: string, text?: string) => (text === undefined ? '' : `%${name}\n${text}\n`);
  const install: string[] = [];
  const list: string[] = [];
  const parent = (path: string) => install.push(`mkdir -p %{buildroot}${dirname(path)}`);
  for (const [path, content] of Object.entries(one.files ?? {})) {
    parent(path);
    install.push(`printf %s ${quote(content)} > %{buildroot}${path}`);
    const language = one.languages?.[path];
    list.push(`${one.docs?.includes(path) ? '%doc ' : ''}${language ? `%lang(${language}) ` : ''}%attr(0${/\/s?bin\//.test(path) ? '755' : '644'},root,root) ${path}`);
  } // prettier-ignore
  for (const [path, from] of Object.entries(one.copies ?? {})) {
    parent(path);
    install.push(`cp ${quote(from)} %{buildroot}${path}`);
    list.push(`%attr(0755,root,root) ${path}`);
  }
  for (const [path, target] of Object.entries(one.links ?? {})) {
    parent(path);
    install.push(`ln -s ${quote(target)} %{buildroot}${path}`);
    list.push(path);
  }
  for (const [path, mode] of Object.entries(one.directories ?? {})) {
    install.push(`mkdir -p %{buildroot}${path}`);
    list.push(`%attr(${mode},root,root) %dir ${path}`);
  }
  return `%define debug_package %{nil}
%define __os_install_post %{nil}
Name: ${one.name}
Version: ${one.version ?? '1'}
Release: ${one.release ?? '1'}
Summary: ${one.name}
License: MIT
AutoReqProv: no
${lines('Requires', one.requires)}${lines('Recommends', one.recommends)}${lines('Conflicts', one.conflicts)}${lines('Provides', one.provides)}
%description
${one.name}
%install
mkdir -p %{buildroot}
${install.join('\n')}
${script('pre', one.pre)}${script('post', one.post)}${script('posttrans', one.posttrans)}
%files
${list.join('\n')}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll('%', '%%')}'`;
}
