/** Calling other machines by ssh(1) and rsync(1): nobody is asked anything, and an unknown host is an error. */

export interface SshOptions {
  /** Absolute path of an ssh_config(5) file; default: root's. */
  config?: string;
  port?: number;
}

/** The words before `-- HOST`. A host whose key is not known is refused: nobody is there to look at it. */
export function sshCommand({ config, port }: SshOptions = {}): string[] {
  return [
    'ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=15',
    ...(config === undefined ? [] : ['-F', config]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ]; // prettier-ignore
}

/** The flag that makes rsync use it: rsync cuts the value at blanks; single quotes hold a word together. */
export function rsyncShell(words: readonly string[]): string {
  return `--rsh=${words.map((word) => `'${word.replaceAll("'", `''`)}'`).join(' ')}`;
}

/** Lets ssh find the agent of the user who called us. */
export function sshAgent(): Record<string, string> {
  const socket = process.env['SSH_AUTH_SOCK'];
  return { TZ: 'UTC', ...(socket === undefined ? {} : { SSH_AUTH_SOCK: socket }) };
}
