/**
 * Asks for a boot as firmware does, and prints the first answer as a line of JSON:
 * `node dhcp-client.ts ADDRESS '{"arch":7,"vendor":"PXEClient:Arch:00007:UNDI:003016"}'`.
 * Sends one DHCPDISCOVER from port 68; with `port`, a DHCPREQUEST to ADDRESS:port instead. RFC 2131, RFC 4578.
 */
import { createSocket } from 'node:dgram';

interface Ask {
  arch: number;
  vendor: string;
  mac?: string;
  userClass?: string;
  /** iPXE's encapsulated options. */
  ipxe?: boolean;
  port?: number;
}
const [address = '', text = '{}'] = process.argv.slice(2);
const ask = JSON.parse(text) as Ask;

const option = (code: number, value: Buffer | string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
};
const packet = Buffer.alloc(240);
packet.set([1, 1, 6, 0]);
packet.writeUInt32BE(0x12345678, 4);
packet.writeUInt16BE(0x8000, 10); // Answer by broadcast: we have no address.
packet.set(Buffer.from((ask.mac ?? '525400000001').replaceAll(':', ''), 'hex'), 28);
packet.writeUInt32BE(0x63825363, 236);
if (ask.port) packet.set(address.split('.').map(Number).with(3, 50), 12);
const options = [
  option(53, Buffer.from([ask.port ? 3 : 1])),
  option(55, Buffer.from([1, 3, 6, 12, 13, 43, 60, 66, 67, 128, 175])),
  option(60, ask.vendor),
  option(93, Buffer.from([0, ask.arch])),
  option(94, Buffer.from([1, 3, 16])),
  option(97, Buffer.alloc(17)),
  ...(ask.userClass ? [option(77, ask.userClass)] : []),
  ...(ask.ipxe ? [option(175, Buffer.from([0x21, 1, 1]))] : []),
  Buffer.from([255]),
];

const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (answer) => {
  const found: Record<number, string> = {};
  for (let at = 240; at < answer.length && answer[at] !== 255;) {
    const [code = 0, length = 0] = [answer[at], answer[at + 1]];
    if (code === 0) {
      at++;
      continue;
    }
    const value = answer.subarray(at + 2, at + 2 + length);
    found[code] = [60, 66, 67, 12].includes(code)
      ? value.toString('latin1').replace(/\0+$/, '')
      : value.toString('hex');
    at += 2 + length;
  }
  const ip = (at: number) => [...answer.subarray(at, at + 4)].join('.');
  const file = answer.subarray(108, 236).toString('latin1').split('\0')[0];
  socket.close();
  clearTimeout(limit);
  process.stdout.write(`${JSON.stringify({ yours: ip(16), next: ip(20), file, options: found })}\n`);
});
const limit = setTimeout(() => socket.close(), 1500);
socket.bind(68, () => {
  socket.setBroadcast(true);
  socket.send(Buffer.concat([packet, ...options]), ask.port ?? 67, ask.port ? address : '255.255.255.255');
});
