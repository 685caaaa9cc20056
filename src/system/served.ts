/** Which addresses of this host nodes are served on, by the configuration. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Config } from './config.ts';

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** IPv4 addresses that fit the configuration; the first one is taken. Without one: all but those of loopback. */
export function servedAddresses(
  { serve: wanted }: Pick<Config, 'serve'>,
  interfaces: Interfaces = networkInterfaces(),
): { name: string; info: NetworkInterfaceInfo }[] {
  return Object.entries(interfaces)
    .flatMap(([name, infos = []]) =>
      infos.filter((info) => info.family === 'IPv4').map((info) => ({ name, info })),
    )
    .filter(
      ({ name, info }) =>
        (wanted.interface === undefined
          ? wanted.address !== undefined || !info.internal
          : name === wanted.interface) &&
        (wanted.address === undefined || info.address === wanted.address),
    );
}
