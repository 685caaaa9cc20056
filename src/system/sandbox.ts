/**
 * Where image content runs: an overlay over the layers so far, mounted in a
 * private namespace, entered with bubblewrap. Inside there is no host file
 * system, no capability beyond what package managers need, no device but null,
 * zero, full, random, urandom and tty, and no network unless asked for.
 */
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { besideView, fail, MOUNT_POINTS, type BesideView } from './beside.ts';
import { mountTable, type TableEntry } from './mount-table.ts';
import { Namespace } from './namespace.ts';
import { resolveInRoot } from './in-root.ts';
import type { Paths } from './paths.ts';
import type { RunOptions, RunResult } from './process.ts';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';

/** What lies below a new layer: a build layer's directory, or a packed one. Lowest first. */
export type Lower = { directory: string } | { blob: string; format: 'squashfs' | 'erofs' };

/**
 * Whether a tree can be written to: not at all, in a directory, in memory that goes with the sandbox, or in an
 * upper directory that there is. `workdir` is made, on the same file system.
 */
export type Writable = boolean | 'memory' | { upper: string; workdir: string };

/** Kept inside: what dpkg, rpm, useradd and setcap need to write a root tree. No mounts, no device nodes, no kernel. */
export const CAPABILITIES = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL',
  'CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP', 'CAP_SETFCAP', 'CAP_SYS_CHROOT', 'CAP_AUDIT_WRITE', 'CAP_NET_BIND_SERVICE',
]; // prettier-ignore

/** Of all views: namespaces of its own, few capabilities, and the end with us. */
const confined = (argv: readonly string[], network = false): string[] => [
  '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--hostname', 'image', '--unshare-cgroup',
  ...(network ? [] : ['--unshare-net']),
  '--cap-drop', 'ALL', ...CAPABILITIES.flatMap((c) => ['--cap-add', c]),
  '--die-with-parent', '--new-session', '--chdir', '/', '--', ...argv,
]; // prettier-ignore

/**
 * Mount options of every overlay that is written to: upper directories must hold plain files that squashfs can
 * carry. With xino, files of packed layers would not seem to lie on other devices than their directories, but
 * overlayfs would mark each new directory as opaque.
 */
export const PLAIN = 'index=off,metacopy=off,redirect_dir=off,xino=off';

export interface InsideOptions extends RunOptions {
  network?: boolean;
  /** Host path → path inside. */
  binds?: Record<string, string>;
  readOnlyBinds?: Record<string, string>;
  /** Also show /sys, read-only: dracut looks there. */
  sys?: boolean;
}

export class Sandbox implements AsyncDisposable {
  readonly namespace: Namespace;
  /** The new layer: what is written goes here. A host path; not to be renamed with `memory`. */
  readonly upper: string;
  /** The merged tree inside the namespace. */
  readonly merged: string;
  /** The merged tree as a host path. */
  readonly root: string;

  readonly #lowerdir: string;

  private constructor(namespace: Namespace, upper: string, merged: string, lowerdir: string) {
    this.#lowerdir = lowerdir;
    this.namespace = namespace;
    this.upper = upper;
    this.merged = merged;
    this.root = `/proc/${namespace.pid}/root${merged}`;
  }

  /**
   * Mounts `lowers` and a new upper directory in `work`, an empty directory under `paths.work`.
   * With `writable: false` the tree is mounted read-only. `memory` is for lowers that `work` itself lies in, such as the root of this host: overlayfs refuses
   * an upper directory below a lower one of the same file system.
   */
  static async open(
    paths: Paths,
    work: string,
    lowers: readonly Lower[],
    writable: Writable = true,
  ): Promise<Sandbox> {
    const memory = writable === 'memory';
    const own = memory ? join(work, 'memory') : work;
    const given = typeof writable === 'object' ? writable : undefined;
    const { upper, workdir } = given ?? { upper: join(own, 'upper'), workdir: join(own, 'overlay') };
    const [merged, empty] = [join(work, 'merged'), join(work, 'empty')];
    for (const directory of [...(memory ? [own] : given ? [workdir] : [upper, workdir]), merged, empty])
      await mkdir(directory, { mode: 0o755 });
    const namespace = await Namespace.open();
    try {
      if (memory) {
        await namespace.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'slipway', own]);
        await namespace.run(['mkdir', upper, workdir]);
      }
      const directories: string[] = [];
      const table: TableEntry[] = [];
      for (const [i, lower] of lowers.entries()) {
        if ('directory' in lower) {
          directories.push(lower.directory);
          continue;
        }
        const at = join(work, `blob${i}`);
        await mkdir(at);
        // "loop" attaches with autoclear: the loop device goes with the mount, and the mount with the namespace.
        table.push({ source: lower.blob, target: at, type: lower.format, options: 'loop,ro,nodev,nosuid' });
        directories.push(at);
      }
      if (directories.length === 0) directories.push(empty);
      // Relative to the state directory: mount(2) has 4096 bytes for all options, and ':' and ',' may stand in absolute paths.
      const lowerdir = directories
        .toReversed()
        .map((d) => relative(paths.state, d))
        .join(':');
      // volatile: fsync inside is void; the layer is flushed once, when it is finished.
      const options = writable
        ? `lowerdir=${lowerdir},upperdir=${relative(paths.state, upper)},workdir=${relative(paths.state, workdir)},volatile,${PLAIN}`
        : `ro,lowerdir=${lowerdir}:${relative(paths.state, empty)}`;
      table.push({ source: 'overlay', target: merged, type: 'overlay', options });
      const mount = await mountTable(join(work, 'fstab'), table);
      await namespace.run(['env', '-C', paths.state, '--', ...mount]);
      return new Sandbox(namespace, memory ? `/proc/${namespace.pid}/root${upper}` : upper, merged, lowerdir);
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The same tree, read-only, with one more directory on top. In the same namespace, with which it goes.
   * @param work an empty directory below the work directories
   */
  async withLayer(paths: Paths, work: string, top: string): Promise<Sandbox> {
    const merged = join(work, 'merged');
    await mkdir(merged, { mode: 0o755 });
    const lowerdir = [relative(paths.state, top), this.#lowerdir].join(':');
    const table = [
      { source: 'overlay', target: merged, type: 'overlay', options: `ro,lowerdir=${lowerdir}` },
    ];
    const mount = await mountTable(join(work, 'fstab'), table);
    await this.namespace.run(['env', '-C', paths.state, '--', ...mount]);
    return new Sandbox(this.namespace, this.upper, merged, lowerdir);
  }

  /** Runs `argv` inside the tree. */
  async inside(argv: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    await using _ = options.network ? await this.#nameService() : undefined;
    const binds = [
      ...Object.entries(options.binds ?? {}).flatMap(([from, to]) => ['--bind', from, to]),
      ...Object.entries(options.readOnlyBinds ?? {}).flatMap(([from, to]) => ['--ro-bind', from, to]),
    ];
    return await this.namespace.run(
      [
        'bwrap', '--bind', this.merged, '/', '--dev', '/dev', '--proc', '/proc',
        '--perms', '1777', '--tmpfs', '/tmp', '--perms', '0755', '--tmpfs', '/run', '--perms', '0755', '--dir', '/run/slipway', '--perms', '1777', '--tmpfs', '/var/tmp',
        ...(options.sys ? ['--ro-bind', '/sys', '/sys'] : []),
        ...binds,
        ...confined(argv, options.network),
      ], // prettier-ignore
      options,
    );
  }

  /**
   * Runs a program of the host beside the tree, which it finds at `TREE`; see beside.ts. For package
   * managers that install into trees which have none of their own.
   * @throws SlipwayError `sandbox/odd-tree`, `process/…`
   */
  async beside(argv: readonly string[], options: BesideView & RunOptions = {}): Promise<RunResult> {
    if (options.tree !== false) await this.#mountPoints();
    return await this.namespace.run(
      [
        'bwrap', ...besideView(this.merged, options),
        ...confined(argv, options.network),
      ], // prettier-ignore
      options,
    );
  }

  /** Directories that are mounted over must be there, and be directories: bwrap would follow a link out of the tree. */
  async #mountPoints(): Promise<void> {
    for (const [path, mode] of Object.entries(MOUNT_POINTS)) {
      const real = join(this.root, path);
      // Several programs may begin at once: who comes second finds it there.
      const made = await mkdir(real).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
      if (made) await chmod(real, mode);
      else if (!(await lstat(real)).isDirectory()) throw fail('odd-tree', { path });
    }
  }

  /** Host path of a path in the tree; see {@link resolveInRoot}. Not while something runs inside. */
  async path(inImage: string, follow = true): Promise<string> {
    return await resolveInRoot(this.root, inImage, follow);
  }

  /**
   * Makes a directory and its parents in the tree; returns its host path. Part by part: Node's
   * recursive mkdir never ends if the tree under it goes away meanwhile.
   */
  async makeDirectory(inImage: string): Promise<string> {
    const real = await this.path(inImage);
    let path = this.root;
    for (const part of relative(this.root, real).split('/').filter(Boolean)) {
      path = join(path, part);
      await mkdir(path, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
    return real;
  }

  /** Lends the host's resolv.conf to the tree, and puts back what was there. */
  async #nameService(): Promise<AsyncDisposable> {
    const etc = await this.makeDirectory('/etc');
    const file = join(etc, 'resolv.conf');
    const aside = join(etc, '.resolv.conf.slipway');
    const had = await lstat(file).catch(() => undefined);
    if (had) await rename(file, aside);
    await writeFile(file, await readFile('/etc/resolv.conf').catch(() => ''), { flag: 'wx' });
    return {
      async [Symbol.asyncDispose]() {
        // A package may have put its own there meanwhile (systemd-resolved makes a link): that one stays.
        const now = await lstat(file).catch(() => undefined);
        if (now?.isFile()) await rm(file, { force: true });
        if (had && (now?.isFile() || !now)) await rename(aside, file);
        else await rm(aside, { force: true });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.namespace[Symbol.asyncDispose]();
  }
}
