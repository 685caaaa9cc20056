import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Namespace } from '../system/namespace.ts';
import { contactOf } from './contact.ts';

let directory: string;
let clients: string;
let proc: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-contact-'));
  [clients, proc] = [join(directory, 'clients'), join(directory, 'proc')];
});
afterEach(async () => await rm(directory, { recursive: true }));

const info = async (id: string, ...lines: string[]) => {
  await mkdir(join(clients, id), { recursive: true });
  await writeFile(join(clients, id, 'info'), `clientid: 0x1\n${lines.join('\n')}\nname: "Linux NFSv4.2 x"\n`);
};

test('clients of the kernel’s server by their leases; those that are silent are gone', async () => {
  await info('3', 'address: "10.0.0.4:790"', 'status: confirmed', 'seconds from last renew: 12');
  await info('4', 'address: "10.0.0.5:790"', 'status: courtesy', 'seconds from last renew: 601');
  await info('5', 'address: "10.0.0.6:790"', 'status: confirmed');
  const { heard, running } = await contactOf({ clients, proc, connections: async () => '' });
  expect([...heard]).toEqual([['10.0.0.4', 12], ['10.0.0.6', undefined]]); // prettier-ignore
  expect(running).toBeUndefined();
});

test('connections, with what was last received over them', async () => {
  const connections = async () => `
0 0 10.0.0.1:2049 10.0.0.4:790 cubic wscale:7,7 lastsnd:4 lastrcv:3500 lastack:4
0 0 10.0.0.1:2049 10.0.0.4:791 cubic wscale:7,7 lastsnd:4 lastrcv:90000 lastack:4
0 0 [::ffff:10.0.0.1]:2049 [::ffff:10.0.0.7]:1000 cubic lastsnd:4 lastrcv:20 lastack:4
0 0 10.0.0.1:2049 10.0.0.8:1000 cubic lastsnd:4 lastrcv:600001 lastack:4
0 0 10.0.0.1:2049 10.0.0.9:1000
`;
  await mkdir(join(proc, '77'), { recursive: true });
  await mkdir(join(proc, '78'));
  await writeFile(join(proc, 'uptime'), '5000.25 900.00\n');
  const stat = (name: string, start: number) => `77 (${name}) S ${Array.from({ length: 18 }, (_, i) => i).join(' ')} ${start} 0 0\n`; // prettier-ignore
  await writeFile(join(proc, '77/stat'), stat('nfsd', 100_000));
  await writeFile(join(proc, '78/stat'), stat('a) 1 2', 400_000));
  const { heard, running } = await contactOf({ clients, proc, connections });
  expect([...heard]).toEqual([['10.0.0.4', 3.5], ['10.0.0.7', 0.02], ['10.0.0.9', undefined]]); // prettier-ignore
  expect(running).toBeCloseTo(4000.25);
  // Without ss nobody can say who is not connected.
  expect(await contactOf({ clients, proc, connections: async () => undefined })).toEqual({
    heard: new Map(),
  });
});

test('what ss says here', { timeout: 30_000 }, async () => {
  // In a network of its own: the port may be taken, and is nobody else's business.
  await using namespace = await Namespace.open({ network: true });
  await namespace.run(['ip', 'link', 'set', 'lo', 'up']);
  const script = `
    const { createServer, connect } = require('node:net');
    createServer((socket) => socket.on('data', async () => {
      const { contactOf } = await import(${JSON.stringify(join(import.meta.dirname, 'contact.ts'))});
      console.log(JSON.stringify([...(await contactOf()).heard]));
      process.exit(0);
    })).listen(2049, '127.0.0.1', () => connect(2049, '127.0.0.1').write('x'));`;
  const { stdout } = await namespace.run([process.execPath, '--eval', script]);
  const [[address, age] = []] = JSON.parse(stdout) as [string, number][];
  expect(address).toBe('127.0.0.1');
  expect(age).toBeLessThan(60);
});
