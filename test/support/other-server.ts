/**
 * A second NFS server on the network of a test, as somebody else runs it: sshd, and nfs-ganesha with exports that are
 * written by hand. Slipway only pushes trees to it.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Namespace } from '../../src/system/namespace.ts';
import type { TestNetwork } from '../../src/vm/network.ts';
import { SshServer } from './ssh-server.ts';

const exec = promisify(execFile);
/** In the network of src/vm/network.ts. */
const ADDRESS = '198.18.87.3';

export class OtherServer implements AsyncDisposable {
  readonly address = ADDRESS;
  /** `publish --to` takes this. */
  readonly destination = `root@other:/srv/nodes,${ADDRESS}`;
  readonly #ssh: SshServer;
  readonly #namespace: Namespace;
  readonly #directory: string;

  private constructor(directory: string, namespace: Namespace, ssh: SshServer) {
    [this.#directory, this.#namespace, this.#ssh] = [directory, namespace, ssh];
  }

  /** It exports nothing yet. @param directory an empty one of ours, on a disk */
  static async open(directory: string, network: TestNetwork): Promise<OtherServer> {
    const at = (file: string) => join(directory, file);
    for (const name of ['srv/nodes', 'srv/state', 'recovery']) await mkdir(at(name), { recursive: true });
    await using stack = new AsyncDisposableStack();
    const namespace = stack.use(await Namespace.open({ network: true }));
    const ip = async (pid: number, ...words: string[]) =>
      await exec('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...words]);
    const own = namespace.pid;
    await ip(network.namespace.pid, ...'link add port1 type veth peer name eth0 netns'.split(' '), `${own}`);
    await ip(network.namespace.pid, 'link', 'set', 'port1', 'master', 'switch', 'up');
    await ip(own, 'address', 'add', `${ADDRESS}/24`, 'dev', 'eth0');
    for (const name of ['lo', 'eth0']) await ip(own, 'link', 'set', name, 'up');
    await namespace.run(['mount', '-t', 'tmpfs', 'run', '/run']);
    await namespace.run(['mkdir', '-p', '/srv', '/run/ganesha']);
    await namespace.run(['mount', '--bind', at('srv'), '/srv']);
    const ssh = await SshServer.open(at('ssh'), 'other', undefined, { namespace, address: ADDRESS });
    stack.move();
    return new OtherServer(directory, namespace, ssh);
  }

  /** For `nfs.ssh_config`. */
  get sshConfig(): string {
    return this.#ssh.config;
  }

  /**
   * Exports what `publish` said must be, a line of exports(5): `/PATH CLIENTS(ro,…)`. And /srv/state, in which these
   * nodes have a directory each. Returns when both are served.
   */
  async export(line: string, nodes: readonly string[]): Promise<void> {
    for (const node of nodes) await mkdir(join(this.#directory, 'srv/state', node), { recursive: true });
    const [, path, clients, squash, , user, group] =
      /^(\/\S+) (\S+)\(ro,(no_root_squash|all_squash(,anonuid=(\d+),anongid=(\d+))),\S*\)$/.exec(line) ?? [];
    if (path === undefined) throw new Error(`not a line of exports(5): ${line}`);
    const access =
      user === undefined
        ? `Squash = ${squash};`
        : `Squash = all_squash; Anonymous_Uid = ${user}; Anonymous_Gid = ${group};`;
    const file = join(this.#directory, 'ganesha.conf');
    const server = `NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; Bind_addr = ${ADDRESS}; }
NFSV4 { Graceless = true; RecoveryRoot = "${join(this.#directory, 'recovery')}"; Only_Numeric_Owners = true; Allow_Numeric_Owners = true; }
EXPORT { Export_Id = 1; Path = "${path}"; Pseudo = "${path}"; Access_Type = NONE; SecType = sys; Transports = TCP; FSAL { Name = VFS; }
  CLIENT { Clients = ${clients}; Access_Type = RO; ${access} } }
EXPORT { Export_Id = 2; Path = "/srv/state"; Pseudo = "/srv/state"; Filesystem_Id = 2.2; Access_Type = RW; Squash = no_root_squash; SecType = sys; Transports = TCP; FSAL { Name = VFS; } }
`;
    await writeFile(file, server);
    const argv = ['ganesha.nfsd', '-F', '-f', file, '-L', join(this.#directory, 'ganesha.log'), '-p', '/run/ganesha.pid']; // prettier-ignore
    const ganesha = this.#namespace.start(argv);
    ganesha.done.catch(() => {});
    const look = ['nfs-ls', `nfs://${ADDRESS}${path}?version=4`];
    while ((await this.#namespace.run(look, { okCodes: ANY })).code !== 0)
      await Promise.race([pause(), ganesha.done]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ssh[Symbol.asyncDispose]();
    await this.#namespace[Symbol.asyncDispose]();
  }
}

const ANY = Array.from({ length: 256 }, (_, code) => code);
const pause = async () => await new Promise((resolve) => setTimeout(resolve, 100));
