/** A machine of its own behind a real sshd, on loopback unless told otherwise: its `/srv` is a small file system, all else is this machine's. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Namespace } from '../../src/system/namespace.ts';
import type { Child } from '../../src/system/process.ts';
import { freePort } from './free-port.ts';

/** What of its answers goes wrong. */
export type Fault =
  | 'none'
  /** The user is not root, sudo wants a password. */
  | 'user'
  /** The user is not root, sudo lets it. */
  | 'sudo'
  | 'no-rsync'
  /** The connection of a copy ends after 2 MB. */
  | 'cut'
  /** A copy gets 2 MB and then nothing. */
  | 'stall'
  /** The connection ends before the tree gets its name, before `current` does. */
  | 'no-name'
  | 'no-current';

export class SshServer implements AsyncDisposable {
  readonly #directory: string;
  readonly #namespace: Namespace;
  readonly #sshd: Child;
  /** ssh_config(5) for its clients; the host is `NAME` there. */
  readonly config: string;
  /** Its /srv, seen from here. */
  readonly srv: string;

  private constructor(directory: string, namespace: Namespace, sshd: Child) {
    [this.#directory, this.#namespace, this.#sshd] = [directory, namespace, sshd];
    this.config = join(directory, 'ssh_config');
    this.srv = `/proc/${namespace.pid}/root/srv`;
  }

  /**
   * @param directory of ours, for keys @param name of the host @param size of /srv, as mount has it
   * @param on where it is instead, with a /srv already
   */
  static async open(
    directory: string,
    name: string,
    size = '64M',
    on?: { namespace: Namespace; address: string },
  ): Promise<SshServer> {
    mkdirSync(directory, { recursive: true });
    const at = (file: string) => join(directory, file);
    for (const key of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
    const { address } = on ?? { address: '127.0.0.1' };
    const port = on ? 2222 : await freePort();
    writeFileSync(
      at('answer.sh'),
      `#!/bin/sh
said=$SSH_ORIGINAL_COMMAND
case "$(cat ${at('fault')}) $said" in
  'user id -u' | 'sudo id -u') echo 1000; exit ;;
  'user sudo '*) exit 1 ;;
  'sudo sudo -n '*) said=\${said#sudo -n } ;;
  'sudo true' | 'sudo cat') ;;
  'sudo '*) exit 13 ;;
  'no-rsync rsync '*) exit 127 ;;
  'cut rsync --server '*) dd bs=64k count=2000000 iflag=count_bytes status=none | sh -c "$said"; exit ;;
  'stall rsync --server '*) { dd bs=64k count=2000000 iflag=count_bytes status=none; cat > /dev/null; } | sh -c "$said"; exit ;;
  'no-name mv '*.partial*) exit 255 ;;
  'no-current mv '*/.current.new*) exit 255 ;;
esac
exec sh -c "$said"
`,
    );
    chmodSync(at('answer.sh'), 0o755);
    writeFileSync(at('fault'), 'none');
    // SHLVL: no .bashrc of this machine.
    writeFileSync(
      at('sshd_config'),
      `ListenAddress ${address}\nPort ${port}\nHostKey ${at('host')}\nAuthorizedKeysFile ${at('user.pub')}\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nForceCommand ${at('answer.sh')}\nSetEnv SHLVL=2\n`,
    );
    writeFileSync(at('known'), `[${address}]:${port} ${readFileSync(at('host.pub'), 'utf8')}`);
    writeFileSync(
      at('ssh_config'),
      `Host ${name}\n HostName ${address}\n Port ${port}\n IdentityFile ${at('user')}\n IdentitiesOnly yes\n UserKnownHostsFile ${at('known')}\n`,
    );
    const namespace = on?.namespace ?? (await Namespace.open());
    await namespace.run(['mkdir', '-p', '/srv', '/run/sshd']);
    if (!on) await namespace.run(['mount', '-t', 'tmpfs', '-o', `size=${size},mode=755`, 'srv', '/srv']);
    await namespace.run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'run', '/run/sshd']);
    let listens = () => {};
    const listening = new Promise<void>((done) => (listens = done));
    // Its words are on standard error.
    const sink = (event: { event: string; line?: string }) =>
      event.event === 'output' && event.line?.includes('Server listening') ? listens() : undefined;
    const sshd = namespace.start(['/usr/sbin/sshd', '-D', '-e', '-f', at('sshd_config')], {
      sink,
      id: 'sshd',
    });
    await Promise.race([listening, sshd.done]);
    return new SshServer(directory, namespace, sshd);
  }

  fault(fault: Fault): void {
    writeFileSync(join(this.#directory, 'fault'), fault);
  }

  /** Runs something on it. */
  async run(...argv: string[]): Promise<string> {
    return (await this.#namespace.run(argv)).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sshd.stop();
    await this.#sshd.done.catch(() => {});
    await this.#namespace[Symbol.asyncDispose]();
  }
}
