/** The UDP socket of node logs. Strangers, floods and garbage cost little and change nothing. */
import { createSocket, type Socket } from 'node:dgram';
import type { Heard } from './syslog.ts';
import { readDatagram } from './syslog.ts';

export interface ReceiverOptions {
  address: string;
  port: number;
  /** Whether lines of this address are wanted. Asked before anything is read. */
  wanted: (client: string) => boolean;
  heard: (client: string, heard: Heard) => void;
  dropped: (why: 'stranger' | 'rate', count: number) => void;
  /** Something that the administrator should know. */
  told: (message: string) => void;
}

export interface Receiver extends AsyncDisposable {
  readonly port: number;
}

/** Datagrams a second of one address, and how many it may save up. */
const RATE = 100;
const BURST = 500;
/** Datagrams a second of all. More, and the socket is shut for a while: the server has other things to do. */
const FLOOD = 20_000;
const SHUT = 5000;
/** Addresses whose rate is remembered. */
const ADDRESSES = 20_000;

/** Opens the socket. @throws the error of bind: port taken, or not allowed */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  let socket = await bind(options);
  const { port } = socket.address();
  const buckets = new Map<string, { left: number; at: number }>();
  let second = 0;
  let count = 0;
  let closed = false;
  let reopen: NodeJS.Timeout | undefined;

  const allowed = (client: string, now: number) => {
    let bucket = buckets.get(client);
    if (!bucket) {
      const [oldest] = buckets.keys();
      if (buckets.size >= ADDRESSES && oldest !== undefined) buckets.delete(oldest);
      buckets.set(client, (bucket = { left: BURST, at: now }));
    }
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.at) * RATE) / 1000);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  };
  const flooded = () => {
    options.told(
      `More than ${FLOOD} datagrams a second on UDP port ${port}: logs of nodes are not taken for ${SHUT / 1000} s`,
    );
    socket.close();
    reopen = setTimeout(() => {
      const again = async () => {
        const next = await bind({ ...options, port });
        if (closed) next.close();
        else listen((socket = next));
      };
      again().catch((error: unknown) =>
        options.told(`Logs of nodes are not taken any more: ${(error as Error).message}`),
      );
    }, SHUT);
    reopen.unref();
  };
  const listen = (on: Socket) => {
    let shut = false;
    on.on('message', (datagram, { address: client }) => {
      if (shut) return;
      const now = performance.now();
      if (now - second >= 1000) [second, count] = [now, 0];
      if (++count > FLOOD) {
        shut = true;
        return flooded();
      }
      if (!options.wanted(client)) return options.dropped('stranger', 1);
      if (!allowed(client, now)) return options.dropped('rate', 1);
      options.heard(client, readDatagram(datagram));
    });
    on.on('error', (error) => options.told(`Logs of nodes: ${error.message}`));
  };
  listen(socket);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      closed = true;
      clearTimeout(reopen);
      await new Promise<void>((resolve) => {
        try {
          socket.close(() => resolve());
        } catch {
          resolve(); // It is shut at the moment.
        }
      });
    },
  };
}

async function bind({ address, port }: Pick<ReceiverOptions, 'address' | 'port'>): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  return socket;
}
