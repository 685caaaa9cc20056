import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DhcpLog, worthShowing } from './dhcp.ts';

// Lines as dnsmasq 2.90 of Debian 12 printed them.
const proxy = `dnsmasq-dhcp[6]: 305419896 available DHCP subnet: 10.9.0.0/255.255.255.0
dnsmasq-dhcp[6]: 305419896 vendor class: PXEClient:Arch:00000:UNDI:003016
dnsmasq-dhcp[6]: 305419896 PXE(v0) 52:54:00:00:00:01 proxy
dnsmasq-dhcp[6]: 305419896 tags: bios, v0
dnsmasq-dhcp[6]: 305419896 bootfile name: undionly.kpxe
dnsmasq-dhcp[6]: 305419896 sent size:  1 option: 53 message-type  2
dnsmasq-dhcp[6]: 305419896 available DHCP subnet: 10.9.0.0/255.255.255.0
dnsmasq-dhcp[6]: 305419896 vendor class: PXEClient:Arch:00007:UNDI:003016
dnsmasq-dhcp[6]: 305419896 user class: iPXE
dnsmasq-dhcp[6]: 305419896 PXE(v0) 52:54:00:00:00:01 proxy
dnsmasq-dhcp[6]: 305419896 tags: ipxe, x64, v0
dnsmasq-tftp[6]: sent /usr/lib/ipxe/undionly.kpxe to 10.9.0.50`;
const full = `dnsmasq-dhcp[6]: 7 available DHCP range: 10.9.0.100 -- 10.9.0.200
dnsmasq-dhcp[6]: 7 vendor class: HTTPClient:Arch:00016:UNDI:003016
dnsmasq-dhcp[6]: 8 available DHCP range: 10.9.0.100 -- 10.9.0.200
dnsmasq-dhcp[6]: 7 DHCPDISCOVER(v0) 52:54:00:00:00:01 
dnsmasq-dhcp[6]: 8 vendor class: udhcp 1.35.0
dnsmasq-dhcp[6]: 8 DHCPREQUEST(v0) 10.9.0.156 52:54:00:00:00:02 
dnsmasq-dhcp[6]: 7 tags: x64-http, v0
dnsmasq-dhcp[6]: 8 tags: v0
dnsmasq-dhcp[6]: 7 DHCPOFFER(v0) 10.9.0.156 52:54:00:00:00:01 `;
const read = (text: string) => {
  const log = new DhcpLog();
  return text.split('\n').flatMap((line) => log.read(line) ?? []);
};
const mac = '52:54:00:00:00:01';

describe('requests of machines that boot', () => {
  test('in proxy mode', () =>
    expect(read(proxy)).toEqual([
      { mac, client: 'firmware', architecture: 'bios' },
      { mac, client: 'ipxe', architecture: 'x64' },
    ]));

  test('in full mode, mixed with others, and with a system that renews its address', () =>
    expect(read(full)).toEqual([{ mac, client: 'firmware', architecture: 'x64-http' }]));

  test('of garbage nothing, and nothing is kept of it', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        expect(read(texts.map((text) => `dnsmasq-dhcp[6]: 7 ${text}`).join('\n'))).toEqual([]);
      }),
    );
    const log = new DhcpLog();
    for (let i = 0; i < 5000; i++) log.read(`dnsmasq-dhcp[6]: ${i} available DHCP subnet: x`);
    expect(log.read(`dnsmasq-dhcp[6]: 1 vendor class: PXEClient:Arch:00000`)).toBeUndefined();
  });

  test('people see who asked and what was answered', () => {
    const shown = `${proxy}\n${full}`.split('\n').filter(worthShowing);
    expect(shown.map((line) => line.split(': ')[1]?.split('(')[0])).toEqual([
      '305419896 PXE',
      '305419896 PXE',
      'sent /usr/lib/ipxe/undionly.kpxe to 10.9.0.50',
      '7 DHCPDISCOVER',
      '8 DHCPREQUEST',
      '7 DHCPOFFER',
    ]);
  });
});
