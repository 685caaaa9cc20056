/** A node as the boot server sees it, from an address of its own on loopback. */
import { request, type Agent } from 'node:http';
import { run } from '../../src/system/process.ts';

export interface Answer {
  status: number;
  body: Buffer;
}

export class SimulatedNode {
  readonly mac: string;
  readonly address: string;
  readonly port: () => number;
  session = '';
  token = '';
  script = '';
  /** Default: a connection for each request. */
  agent?: Agent;

  constructor(number: number, port: () => number) {
    const hex = number.toString(16).padStart(2, '0');
    this.mac = `52:54:00:00:00:${hex}`;
    this.address = `127.0.1.${number}`;
    this.port = port;
  }

  async ask(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const { method = 'GET', headers, body } = options;
      const asked = request(
        {
          host: '127.0.0.1',
          port: this.port(),
          localAddress: this.address,
          path,
          method,
          headers,
          agent: this.agent ?? false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
          );
          response.on('error', reject);
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Asks for its script, as iPXE does. */
  async start(more = ''): Promise<string> {
    const { body } = await this.ask(`/boot/node.ipxe?mac=${this.mac}&arch=i386${more}`);
    this.script = body.toString();
    this.session = /slipway\.session=([0-9a-f]{32})/.exec(this.script)?.[1] ?? '';
    return this.script;
  }

  /** Fetches kernel and initramfs. */
  async fetchBlobs(): Promise<void> {
    for (const [, path = ''] of this.script.matchAll(/http:\/\/[^/\s]+(\/blobs\/\S+)/g)) await this.ask(path);
  }

  /** Fetches its node initrd; the token is in it. */
  async load(): Promise<Answer> {
    const answer = await this.ask(`/boot/session/${this.session}/node.cpio`);
    if (answer.status === 200) {
      const { stdout } = await run(['cpio', '-i', '--quiet', '--to-stdout', 'etc/slipway/node.conf'], {
        input: answer.body,
      });
      this.token = /^token (.*)$/m.exec(stdout)?.[1] ?? '';
    }
    return answer;
  }

  /** @returns the status */
  async report(stage: string, more: Record<string, string> = {}, session = this.session): Promise<number> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const body = new URLSearchParams({ session, stage, ...more }).toString();
    return (await this.ask('/boot/report', { method: 'POST', headers, body })).status;
  }

  async log(source: string, text: string, token = this.token): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    const path = `/boot/log?session=${this.session}&source=${source}`;
    return (await this.ask(path, { method: 'POST', headers, body: text })).status;
  }
}
