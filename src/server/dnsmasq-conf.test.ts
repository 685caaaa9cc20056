import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadInstallation } from '../system/config.ts';
import { run } from '../system/process.ts';
import { dhcpHosts, dnsmasqConf, quote, type DnsmasqInput } from './dnsmasq-conf.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'slipway-dnsmasq-'))));
afterEach(() => rm(directory, { recursive: true }));

const { dhcp } = loadInstallation('/nonexistent').config;
const proxy: DnsmasqInput = {
  dhcp: { ...dhcp, mode: 'proxy' },
  network: { interface: 'eth0', address: '192.0.2.1', netmask: '255.255.255.0', uniqueLocal: false },
  port: 8080,
  firmware: { directory: '/usr/lib/ipxe', files: { bios: 'undionly.kpxe', x64: 'snponly.efi' } },
  hostsFile: '/run/slipway/dnsmasq/hosts',
  leaseFile: '/var/lib/slipway/dnsmasq.leases',
  pxeVendor: true,
};
const full: DnsmasqInput = {
  ...proxy,
  dhcp: {
    ...dhcp,
    mode: 'full',
    range: '192.0.2.100, 192.0.2.200,255.255.255.0,12h',
    router: '192.0.2.254',
    dns: ['192.0.2.53', '192.0.2.54'],
  },
};
const code = (name: string) => expect.objectContaining({ code: `serve/${name}` }) as Error;

/** What the real dnsmasq says of a configuration. */
async function accepted(text: string): Promise<boolean> {
  const file = join(directory, 'conf');
  writeFileSync(file, text);
  const { code: exit } = await run(['dnsmasq', '--test', `--conf-file=${file}`], { okCodes: [0, 1, 3] });
  return exit === 0;
}

test('dnsmasq accepts each of the configurations', async () => {
  const arm = {
    directory: '/usr/share/ipxe',
    files: { ...proxy.firmware.files, arm64: 'arm64-efi/snponly.efi' },
  };
  const ula = { ...full.network, uniqueLocal: true };
  for (const input of [
    proxy,
    full,
    { ...proxy, firmware: arm, pxeVendor: false },
    { ...full, network: ula, user: 'root' },
  ])
    expect(await accepted(dnsmasqConf(input))).toBe(true);
});

test('beside another DHCP server it hands out no addresses and announces nothing', () => {
  const text = dnsmasqConf({ ...proxy, network: { ...proxy.network, uniqueLocal: true } });
  expect(text).toContain('\ndhcp-range=192.0.2.0,proxy,255.255.255.0\n');
  expect(text).not.toMatch(/authoritative|enable-ra|leasefile|router|encap/);
  expect(text).toContain('\npxe-service=tag:!ipxe,x86PC,"Slipway",undionly.kpxe\n');
  expect(text).toContain(
    '\npxe-service=tag:ipxe,X86-64_EFI,"Slipway",http://192.0.2.1:8080/boot/start.ipxe\n',
  );
});

test('alone it hands out the range, and announces IPv6 where that is private or asked for', () => {
  const text = dnsmasqConf(full);
  expect(text).toContain('\ndhcp-range=192.0.2.100,192.0.2.200,255.255.255.0,12h\n');
  expect(text).toContain(
    '\ndhcp-option=option:router,192.0.2.254\ndhcp-option=option:dns-server,192.0.2.53,192.0.2.54\n',
  );
  expect(text).toContain('\ndhcp-option=tag:ipxe,encap:175,176,1b\n');
  expect(text).not.toMatch(/pxe-service|enable-ra/);
  const ula = { ...full.network, uniqueLocal: true };
  expect(dnsmasqConf({ ...full, network: ula })).toMatch(/\nenable-ra\nra-param=eth0,0,0\n/);
  expect(
    dnsmasqConf({ ...full, network: ula, dhcp: { ...full.dhcp, router_advertisements: false } }),
  ).not.toContain('enable-ra');
});

test('architectures that the distribution has no iPXE for are not promised one', () => {
  expect(dnsmasqConf(proxy)).not.toMatch(/arm64/i);
  const arm = { directory: '/x', files: { arm64: 'a.efi' } };
  expect(dnsmasqConf({ ...proxy, firmware: arm })).toMatch(
    /client-arch,11\n[\s\S]*ARM64_EFI,"Slipway",a.efi/,
  );
});

test.each([
  undefined,
  '',
  'x',
  '192.0.2.1',
  '192.0.2.1,192.0.2.9\nport=53',
  '192.0.2.1,192.0.2.9,1d,2d',
  '192.0.2.1,192.0.2.9,static',
  '192.0.2.1,set:x',
  '192.0.2.1,192.0.3.9',
  '198.51.100.1,198.51.100.9',
])('range %j is refused', (range) => {
  const wrong = expect.objectContaining({
    code: expect.stringMatching(/^serve\/(no|bad)-range$/) as string,
  }) as Error;
  expect(() => dnsmasqConf({ ...full, dhcp: { ...full.dhcp, range } })).toThrow(wrong);
});

test.each([
  ['192.0.2.1,192.0.2.9'],
  ['192.0.2.1,192.0.2.9,12h'],
  ['192.0.2.1,192.0.2.9,255.255.255.0'],
  ['192.0.2.1,192.0.2.9,infinite'],
])('range %s is taken', async (range) => {
  expect(await accepted(dnsmasqConf({ ...full, dhcp: { ...full.dhcp, range } }))).toBe(true);
});

/** dnsmasq's reader of one line, after read_file in its option.c: quotes, escapes, comments. */
function readLine(line: string): string {
  let text = '';
  let white = true;
  for (let i = 0; i < line.length; i++) {
    let c = line[i] ?? '';
    if (c === '"') {
      for (i++; i < line.length && line[i] !== '"'; i++) {
        if (line[i] === '\\' && '"tnebr\\'.includes(line[i + 1] ?? '?')) i++;
        text += line[i];
      }
      white = false;
      continue;
    }
    if (/\s/.test(c)) [c, white] = [' ', true];
    else if (white && c === '#') break;
    else white = false;
    text += c;
  }
  return text;
}

test('a quoted value is read back as it was, or refused', () => {
  const unit = fc.constantFrom(...'ab"\\# ,:\t\nnt='.split(''));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit })), (text) => {
      fc.pre(text !== '');
      if (/\p{Cc}/u.test(text)) expect(() => quote(text)).toThrow(code('unwritable'));
      else expect(readLine(`tftp-root=${quote(text)}`)).toBe(`tftp-root=${text}`);
    }),
    { numRuns: 2000 },
  );
});

test('the real dnsmasq reads odd paths as one value', async () => {
  for (const name of ['a b', 'a"b', 'a\\b', 'a#b', 'a,b', "it's #1"]) {
    const lease = join(directory, name);
    // A path is only looked at when it is used, so let it use one that must exist.
    writeFileSync(lease, 'port=not-a-number\n');
    expect(await accepted(`conf-file=${quote(lease)}\n`), name).toBe(false);
    writeFileSync(lease, 'port=0\n');
    expect(await accepted(`conf-file=${quote(lease)}\n`), name).toBe(true);
  }
});

test('reservations: all MAC addresses of a node, its address, and a name without dots', () => {
  const nodes = [
    { name: 'n1', macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'], address: '192.0.2.7' },
    { name: 'n2.rack_1', macs: ['52:54:00:00:00:03'] },
    { name: 'n3', macs: [], address: '192.0.2.8' },
  ];
  expect(dhcpHosts(nodes)).toBe(
    '52:54:00:00:00:01,52:54:00:00:00:02,192.0.2.7,n1\n52:54:00:00:00:03,n2-rack-1\n',
  );
});
