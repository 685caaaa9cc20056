/** What can be imported. Apart from the readers, for the command line loads it with every command. */
export const FORMATS = ['warewulf', 'xcat', 'dnsmasq', 'isc-dhcp', 'kea', 'ethers', 'csv'] as const;
export type Format = (typeof FORMATS)[number];
