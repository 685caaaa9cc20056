/**
 * A node that boots, as far as the server can tell: iPXE's script, kernel and
 * initramfs, its node initrd, the signed manifest, the layers, its reports. It does
 * what iPXE's script and the dracut module do when something goes wrong.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Weather {
  host: string;
  port: number;
  /** Part of the connections that break, at a random place within `within` bytes. */
  loss: number;
  within: number;
  /** What layers must be. */
  layer: Buffer;
  /** Seconds that are waited are so many times shorter. */
  haste: number;
}

export interface Boot {
  ok: boolean;
  why?: string;
  /** Connections that were broken on purpose, 503 that were answered, boots begun anew. */
  broken: number;
  busy: number;
  again: number;
  /** Seconds of each script. */
  scripts: number[];
}

class Failed extends Error {}

/** As the dracut module: failures in a row, and answers that it should come back. */
const ATTEMPTS = 8;
const PATIENCE = 50;
/** iPXE's script begins anew for ever; we do not. */
const BOOTS = 30;

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Boots the machine with this MAC address from this address. */
export async function bootNode(mac: string, localAddress: string, weather: Weather): Promise<Boot> {
  const boot: Boot = { ok: false, broken: 0, busy: 0, again: 0, scripts: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
  const fate = new WeakMap<object, { left: number }>();
  const wait = async (seconds: number) => await sleep((seconds * 1000) / weather.haste);

  /** One request; `take` gets the body piece by piece, else it is collected. Rejects when the connection breaks. */
  async function ask(
    path: string,
    headers: Record<string, string> = {},
    take?: (chunk: Buffer, status: number) => void,
    post?: string,
  ): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const options = { host: weather.host, port: weather.port, path, headers, agent };
      const asked = request({ ...options, method: post === undefined ? 'GET' : 'POST' }, (response) => {
        const chunks: Buffer[] = [];
        const { statusCode: status = 0, headers: got } = response;
        response.on('data', (chunk: Buffer) => {
          const lot = fate.get(asked);
          if (lot && (lot.left -= chunk.length) < 0) {
            boot.broken++;
            asked.destroy(new Error('broken on purpose'));
          }
          if (!take || (status !== 200 && status !== 206)) return void chunks.push(chunk);
          try {
            take(chunk, status);
          } catch (error) {
            asked.destroy();
            reject(error);
          }
        });
        response.on('end', () => resolve({ status, headers: got, body: Buffer.concat(chunks) }));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('connection lost')));
      });
      asked.on('socket', (socket) => {
        const left = Math.random() < weather.loss ? Math.random() * weather.within : Infinity;
        const lot = fate.get(socket) ?? { left };
        fate.set(socket, lot);
        fate.set(asked, lot);
      });
      asked.setTimeout(120_000, () => asked.destroy(new Error('nothing for two minutes')));
      asked.on('error', reject);
      asked.end(post);
    });
  }

  const ipxe = { 'user-agent': 'iPXE/1.21.1', connection: 'close' };
  /** Script, kernel, initramfs and node initrd, from the first again if one fails. Returns the node initrd. */
  async function firmware(): Promise<string> {
    for (let count = 0; count < BOOTS; count++) {
      try {
        await ok('/boot/start.ipxe', ipxe);
        const since = performance.now();
        const script = (await ok(`/boot/node.ipxe?mac=${mac}&arch=i386`, ipxe)).toString();
        boot.scripts.push((performance.now() - since) / 1000);
        const paths = [...script.matchAll(/http:\/\/[^/\s]+(\/\S+)/g)].map(([, path = '']) => path);
        let last: Buffer = Buffer.alloc(0);
        for (const path of paths.filter((one) => !one.endsWith('.ipxe'))) last = await ok(path, ipxe);
        if (paths.length < 3) throw new Failed(`not a script that boots: ${script.slice(0, 500)}`);
        return last.toString('latin1');
      } catch (error) {
        if (error instanceof Failed) throw error;
        boot.again++;
        await wait(5 + 20 * Math.random());
      }
    }
    throw new Failed('iPXE began anew too often');
  }

  async function ok(path: string, headers: Record<string, string> = {}): Promise<Buffer> {
    const { status, body } = await ask(path, headers);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return body;
  }

  /** After a failure, as fetch.sh does. */
  async function pause(fails: number, answer?: Answer): Promise<void> {
    const after = Number(answer?.headers['retry-after']);
    await wait(
      after > 0 ? after + 2 * Math.random() : Math.min(32, 2 ** (fails - 1)) * (0.5 + Math.random()),
    );
  }

  async function small(path: string): Promise<Buffer> {
    for (let fails = 1; fails <= ATTEMPTS; fails++) {
      const answer = await ask(path).catch(() => undefined);
      if (answer?.status === 200) return answer.body;
      await pause(fails, answer);
    }
    throw new Failed(`${path} could not be fetched`);
  }

  /** A layer, resumed where it broke off, and compared byte by byte. */
  async function layer(hex: string, size: number): Promise<void> {
    const got = { bytes: 0 };
    for (let fails = 0, busy = 0; got.bytes < size;) {
      const before = got.bytes;
      const take = (chunk: Buffer, status: number) => {
        if (status === 200 && before > 0) throw new Failed('the server does not resume');
        if (weather.layer.compare(chunk, 0, chunk.length, got.bytes, got.bytes + chunk.length) !== 0)
          throw new Failed(`wrong content at ${got.bytes}`);
        got.bytes += chunk.length;
      };
      const range: Record<string, string> = before > 0 ? { range: `bytes=${before}-` } : {};
      const answer = await ask(`/blobs/sha256/${hex}`, range, take).catch((error: unknown) => {
        if (error instanceof Failed) throw error;
        return undefined;
      });
      if (got.bytes >= size) break;
      if (got.bytes - before > size / 16) fails = 0;
      if (answer?.status === 503 && busy < PATIENCE) {
        busy++;
        boot.busy++;
      } else fails++;
      if (fails >= ATTEMPTS)
        throw new Failed(`the layer could not be fetched: ${answer?.status ?? 'broken'}`);
      await pause(Math.max(1, fails), answer);
    }
    if (got.bytes !== size) throw new Failed(`${got.bytes} bytes instead of ${size}`);
  }

  try {
    const conf = await firmware();
    const field = (name: string) => new RegExp(`\\n${name} (\\S+)\\n`).exec(conf)?.[1] ?? '';
    const headers = {
      authorization: `Bearer ${field('token')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const report = async (stage: string) => {
      for (let tries = 1; ; tries++) {
        const body = `session=${field('session')}&stage=${stage}&uptime=1`;
        const answer = await ask('/boot/report', headers, undefined, body).catch(() => undefined);
        if (answer?.status === 204) return;
        if (answer && answer.status < 500) throw new Failed(`report ${stage}: ${answer.status}`);
        if (tries > 3) throw new Failed(`report ${stage} was not taken`);
        await wait(1);
      }
    };
    await report('initramfs');
    const path = `/boot/manifest/${field('image')}`;
    const manifest = (await small(path)).toString();
    await small(`${path}.sig`);
    const layers = [...manifest.matchAll(/^layer \w+ sha256:([0-9a-f]{64}) (\d+)$/gm)];
    if (layers.length === 0) throw new Failed('a manifest without layers');
    for (const [, hex = '', size] of layers) await layer(hex, Number(size));
    await report('ready');
    boot.ok = true;
  } catch (error) {
    boot.why = (error as Error).message;
  } finally {
    agent.destroy();
  }
  return boot;
}
