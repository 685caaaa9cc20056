import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addNodes, setNodes } from '../src/node/registry.ts';
import type { ServeEvent, SlipwayEvent } from '../src/system/events.ts';
import type { Child } from '../src/system/process.ts';
import { temporaryInstallation } from './support/registry.ts';
import { twoHosts, type TwoHosts } from './support/two-hosts.ts';

// The real server with the real dnsmasq on one host, firmware and real tools on another, both in namespaces.

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let hosts: TwoHosts;
let running: Child | undefined;
let events: SlipwayEvent[];

beforeEach(async () => {
  here = await temporaryInstallation();
  hosts = await twoHosts();
  events = [];
});
afterEach(async () => {
  running?.stop();
  await running?.done.catch(() => {});
  running = undefined;
  await hosts[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const serving = (kind: string, state?: string) =>
  events.filter(
    (event): event is ServeEvent =>
      event.event === 'serve' &&
      event.kind === kind &&
      (state === undefined || event.fields?.['state'] === state),
  );

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`in vain waited for: ${what}; ${JSON.stringify(events.slice(-10))}`);
}

async function serve(dhcp: string): Promise<void> {
  const { paths } = here.installation;
  mkdirSync(paths.etc, { recursive: true });
  writeFileSync(join(paths.etc, 'config.yml'), `serve: { interface: v0 }\ndhcp: ${dhcp}\n`);
  const argv = [process.execPath, join(import.meta.dirname, 'support/serve-process.ts'), paths.root, '8080'];
  running = hosts.server.start(argv, { onLine: (line) => events.push(JSON.parse(line) as SlipwayEvent) });
  let ended: unknown;
  running.done.catch((error: unknown) => (ended = error));
  await until(() => {
    if (ended) throw ended;
    return (
      serving('listening').length > 0 &&
      serving('dnsmasq', 'log').some((event) => /started, version/.test(event.message))
    );
  }, 'dnsmasq');
}

interface Answer {
  yours: string;
  next: string;
  file: string;
  options: Record<string, string>;
}

/** What firmware of this architecture is told. `port`: asks there once more, as UEFI does. */
async function ask(arch: number, more: object = {}): Promise<Answer | undefined> {
  const vendor = `${arch >= 15 ? 'HTTPClient' : 'PXEClient'}:Arch:${String(arch).padStart(5, '0')}:UNDI:003016`;
  const argv = [process.execPath, join(import.meta.dirname, 'support/dhcp-client.ts'), '10.9.0.1'];
  const { stdout } = await hosts.client.run([...argv, JSON.stringify({ arch, vendor, ...more })]);
  const [line] = stdout.split('\n');
  return line ? (JSON.parse(line) as Answer) : undefined;
}
const told = (answer: Answer | undefined) => answer && (answer.file || answer.options['67']);
const ipxe = { ipxe: true, userClass: 'iPXE' };
const start = 'http://10.9.0.1:8080/boot/start.ipxe';
const firmware = 'http://10.9.0.1:8080/boot/firmware/snponly.efi';

describe('beside another DHCP server', () => {
  test('firmware gets iPXE, iPXE gets the start script, and nobody an address', async () => {
    await serve('{ mode: proxy }');
    const bios = await ask(0);
    expect(bios).toMatchObject({
      yours: '0.0.0.0',
      next: '10.9.0.1',
      file: 'undionly.kpxe',
      options: { 60: 'PXEClient' },
    });
    expect(told(await ask(0, ipxe))).toBe(start);
    for (const arch of [7, 9]) {
      expect(await ask(arch), 'redirected to port 4011').toMatchObject({
        yours: '0.0.0.0',
        next: '10.9.0.1',
        file: '',
      });
      expect(told(await ask(arch, { port: 4011 }))).toBe('snponly.efi');
      expect(told(await ask(arch, { port: 4011, ...ipxe }))).toBe(start);
    }
    expect(await ask(16)).toMatchObject({ yours: '0.0.0.0', file: firmware, options: { 60: 'HTTPClient' } });
    expect(await ask(0, { vendor: 'MSFT 5.0' }), 'who does not boot').toBeUndefined();
  }, 60_000);

  test('dnsmasq is killed: it comes back, and that is said', async () => {
    await serve('{ mode: proxy }');
    await until(() => serving('dnsmasq', 'started').length === 1, 'the start');
    const pid = serving('dnsmasq', 'started')[0]?.fields?.['pid'];
    await hosts.server.run(['kill', '-9', String(pid)]);
    await until(() => serving('dnsmasq', 'started').length === 2, 'the restart');
    expect(serving('dnsmasq', 'died')[0]?.message).toContain('restarting in 0.2 s');
    await until(async () => told(await ask(0)) === 'undionly.kpxe', 'an answer');
  }, 60_000);

  test('TFTP has the distribution’s binaries and nothing else', async () => {
    await serve('{ mode: proxy }');
    const file = join(here.installation.paths.root, 'fetched');
    const fetch = (path: string) =>
      hosts.client.run(['curl', '-sf', '--max-time', '20', '-o', file, `tftp://10.9.0.1/${path}`]);
    for (const name of ['undionly.kpxe', 'snponly.efi']) {
      expect((await fetch(name)).code).toBe(0);
      expect(readFileSync(file).equals(readFileSync(join('/usr/lib/ipxe', name)))).toBe(true);
    }
    const served = await hosts.client.run(['curl', '-sf', '-o', file, firmware]);
    expect(served.code).toBe(0);
    expect(readFileSync(file).equals(readFileSync('/usr/lib/ipxe/snponly.efi'))).toBe(true);
    const head = await hosts.client.run(['curl', '-sfI', firmware]);
    expect(head.stdout).toMatch(/content-length: 173792/i);
  }, 60_000);
});

describe('TFTP requests that no client would send', () => {
  const words = (opcode: number, ...texts: string[]) =>
    Buffer.concat([Buffer.from([0, opcode]), ...texts.map((text) => Buffer.from(`${text}\0`, 'latin1'))]);
  const read = (name: string) => words(1, name, 'octet');
  const [DATA, ERROR] = [3, 5];

  async function tftp(...packets: Buffer[]): Promise<({ opcode: number; text: string } | null)[]> {
    const sent = JSON.stringify(packets.map((packet) => packet.toString('base64')));
    const client = join(import.meta.dirname, 'support/tftp-client.ts');
    const { stdout } = await hosts.client.run([process.execPath, client, '10.9.0.1', sent]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { opcode: number; text: string } | null);
  }

  test('lead out of the directory of iPXE in no way; nothing is written; the server lives on', async () => {
    await serve('{ mode: proxy }');
    const targets = ['etc/passwd', 'etc/hostname'];
    const ways = ['/', '//', '../../../../../../../', '/../../../../../../../', '....//....//....//....//', '..\\..\\..\\..\\..\\', '\\', 'C:\\', 'C:/../../../../../', '/usr/lib/ipxe/../../../', '/usr/lib/ipxe//..//..//../', './../../../../../', '..%2f..%2f..%2f..%2f', '%2e%2e/%2e%2e/%2e%2e/%2e%2e/', '..\xc0\xaf..\xc0\xaf..\xc0\xaf', '..;/..;/..;/..;/', '~/', 'file:///', '.../.../.../']; // prettier-ignore
    const names = targets.flatMap((target) => [
      ...ways.map((way) => way + target),
      ('..\\'.repeat(5) + target).replaceAll('/', '\\'),
      `undionly.kpxe/../../../../${target}`,
      `${target}/`,
    ]);
    for (const [index, answer] of (await tftp(...names.map(read))).entries())
      expect(answer, names[index]).toMatchObject({ opcode: ERROR });
    // Without an end, without a name, too long, of other kinds; a second name behind NUL.
    const broken = [
      Buffer.from([0, 1]),
      Buffer.from([0]),
      Buffer.from('\0\x01../../../etc/passwd', 'latin1'),
      read(''),
      read('.'),
      read('..'),
      read('/'),
      read(`${'../'.repeat(300)}etc/passwd`),
      read('x'.repeat(60_000)),
      words(1, '../../../../etc/passwd', 'netascii'),
      words(1, 'undionly.kpxe', '../../../../etc/passwd'),
      words(1, '../../../../etc/passwd', 'octet', 'blksize', '65464', 'tsize', '0'),
      words(2, 'undionly.kpxe', 'octet'),
      words(2, '../../../../tmp/written', 'octet'),
      words(9, 'undionly.kpxe', 'octet'),
    ];
    const answers = await tftp(...broken);
    expect(answers).toHaveLength(broken.length);
    for (const [index, answer] of answers.entries())
      expect(answer?.opcode ?? ERROR, `broken ${index}: ${JSON.stringify(answer)}`).toBe(ERROR);
    // What is served, is: the answers above were no silence of a server that is gone.
    const binary = readFileSync('/usr/lib/ipxe/undionly.kpxe');
    const [first] = await tftp(read('undionly.kpxe'));
    expect([first?.opcode, first?.text]).toEqual([DATA, binary.subarray(0, 512).toString('latin1')]);
    expect(serving('dnsmasq', 'died')).toEqual([]);
  }, 120_000);
});

describe('as the only DHCP server', () => {
  /** A real DHCP client; the address it got. */
  const lease = async (): Promise<string> => {
    const script = join(here.installation.paths.root, 'udhcpc');
    writeFileSync(script, '#!/bin/sh\necho "$1 $ip $hostname $router $dns"\n');
    chmodSync(script, 0o755);
    const { stdout } = await hosts.client.run(
      ['busybox', 'udhcpc', '-i', 'v1', '-n', '-q', '-f', '-t', '5', '-T', '1', '-s', script],
      { timeout: 30_000 },
    );
    return /^bound (.*)$/m.exec(stdout)?.[1]?.trim() ?? stdout;
  };

  test('leases from the range, then what the registry reserves, without a restart', async () => {
    const { db } = here.database;
    await addNodes(db, 'n1', { macs: ['52:54:00:00:00:01'] });
    await serve('{ mode: full, range: "10.9.0.100,10.9.0.200", router: 10.9.0.254, dns: [10.9.0.53] }');
    expect(await lease()).toMatch(/^10\.9\.0\.1\d\d n1 10\.9\.0\.254 10\.9\.0\.53$/);
    await until(() => serving('dnsmasq', 'started').length === 1, 'the start');
    const pid = serving('dnsmasq', 'started')[0]?.fields?.['pid'];
    await setNodes(db, 'n1', { address: '10.9.0.7' });
    await until(
      () =>
        serving('dnsmasq', 'log').some(
          (event) =>
            /read .*hosts/.test(event.message) &&
            readFileSync(join(here.installation.paths.run, 'dnsmasq/hosts'), 'utf8').includes('10.9.0.7'),
        ),
      'the reload',
    );
    await until(async () => (await lease()).startsWith('10.9.0.7 n1'), 'the reserved address');
    expect(serving('dnsmasq', 'started').map((event) => event.fields?.['pid'])).toEqual([pid]);
  }, 90_000);

  test('each kind of firmware is told its binary, iPXE the script', async () => {
    await serve('{ mode: full, range: "10.9.0.100,10.9.0.200" }');
    const all = [
      await ask(0),
      await ask(7),
      await ask(9),
      await ask(16),
      await ask(0, ipxe),
      await ask(7, ipxe),
    ];
    expect(all.map(told)).toEqual(['undionly.kpxe', 'snponly.efi', 'snponly.efi', firmware, start, start]);
    expect(all[3]?.options).toMatchObject({ 60: 'HTTPClient' });
    for (const answer of all) expect(answer?.yours).toMatch(/^10\.9\.0\.1\d\d$/);
    expect(Object.keys(all[0]?.options ?? {})).not.toEqual(expect.arrayContaining(['3']));
  }, 60_000);

  test('a range that is none, or none at all, ends the start with the reason', async () => {
    await expect(serve('{ mode: full }')).rejects.toMatchObject({
      output: expect.stringContaining('no range') as string,
    });
    await expect(serve('{ mode: full, range: "10.9.0.1,x" }')).rejects.toMatchObject({
      output: expect.stringContaining('not a range') as string,
    });
    await expect(serve('{ mode: full, range: "10.77.0.1,10.9.0.9" }')).rejects.toMatchObject({
      output: expect.stringContaining('not in one network') as string,
    });
  }, 60_000);
});
