/**
 * TFTP requests as they are, which no TFTP client would send (RFC 1350).
 * Arguments: server, JSON of packets (base64). Prints a line of JSON for each:
 * `{opcode, code?, text}` of the first answer; null where none came.
 */
import { createSocket } from 'node:dgram';

const [server = '', packets = '[]'] = process.argv.slice(2);

async function ask(packet: Buffer): Promise<object | null> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((done) => {
      const timer = setTimeout(() => done(null), 2000);
      socket.on('message', (answer) => {
        clearTimeout(timer);
        const opcode = answer.readUInt16BE(0);
        const text = answer.subarray(4).toString('latin1');
        done({ opcode, code: answer.readUInt16BE(2), text: opcode === 5 ? text.replace(/\0.*/s, '') : text });
      });
      socket.send(packet, 69, server);
    });
  } finally {
    socket.close();
  }
}

for (const packet of JSON.parse(packets) as string[])
  process.stdout.write(`${JSON.stringify(await ask(Buffer.from(packet, 'base64')))}\n`);
