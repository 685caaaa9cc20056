import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openTestNetwork } from './network.ts';

const possible = process.getuid?.() === 0 && existsSync('/dev/net/tun');

it.runIf(possible)('has a bridge with taps that the host does not see, and leaves nothing', async () => {
  const before = Object.keys(networkInterfaces());
  let inside: number;
  {
    await using network = await openTestNetwork(2);
    inside = network.namespace.pid;
    const shown = JSON.parse((await network.namespace.run(['ip', '-json', 'address'])).stdout) as {
      ifname: string;
      master?: string;
      addr_info: { local: string }[];
    }[];
    const named = (name: string) => shown.find((one) => one.ifname === name);
    expect(named(network.interface)?.addr_info.map((address) => address.local)).toContain(network.address);
    expect(network.taps.map(({ name }) => named(name)?.master)).toEqual(['switch', 'switch']);
    expect(new Set(network.taps.map(({ mac }) => mac)).size).toBe(2);
    expect(Object.keys(networkInterfaces())).toEqual(before);
  }
  for (let i = 0; i < 100 && existsSync(`/proc/${inside}`); i++) await sleep(20);
  expect(existsSync(`/proc/${inside}`)).toBe(false);
});
