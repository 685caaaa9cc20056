import { defineErrors } from '../system/errors.ts';

/** The errors of the boot server. */
export const fail = defineErrors('serve', {
  'no-address': {
    what: 'There is no IPv4 address to serve on{where}',
    why: 'Nodes reach the boot server over IPv4; loopback does not count.',
    todo: 'Give the interface an address and a link (one without carrier does not count), or name another one: serve.interface or serve.address in config.yml.',
  },
  'no-interface': {
    what: 'No interface of this host has the address {address}',
    why: 'The server listens, and answers DHCP, only on an address of its own.',
    todo: 'Correct serve.address in config.yml; see ip address.',
  },
  'several-networks': {
    what: 'This host has several networks: {all}',
    why: 'In full mode Slipway hands out addresses: on the wrong network that breaks it for everybody there.',
    todo: 'Name the interface: serve.interface in config.yml.',
  },
  'no-ganesha': {
    what: 'nfs-ganesha cannot run: {missing} is not installed',
    why: 'nfs.server is ganesha, so the boot server runs it for the roots of nodes.',
    todo: 'Install nfs-ganesha and nfs-ganesha-vfs (SUSE: nfs-ganesha alone), or set nfs.server to kernel or off in config.yml.',
  },
  'ganesha-twice': {
    what: 'Another server runs nfs-ganesha for this installation',
    why: 'Two of them cannot have one port.',
    todo: 'Stop that one first.',
  },
  'port-taken': {
    what: 'Cannot listen on {address} port {port}: {message}',
    why: 'Another program has the port, or it is not allowed.',
    todo: 'Stop the other program, or choose another port: serve.port in config.yml.',
  },
  'no-range': {
    what: 'Full DHCP has no range of addresses to hand out',
    why: 'In full mode Slipway is the DHCP server of this network.',
    todo: 'Set dhcp.range in config.yml to first,last, such as 192.0.2.100,192.0.2.200.',
  },
  'bad-range': {
    what: '{range} is not a range for DHCP here',
    why: '{reason}',
    todo: 'Write it like 192.0.2.100,192.0.2.200,255.255.255.0,12h.',
  },
  'no-firmware': {
    what: 'The iPXE binaries are not installed',
    why: 'Firmware gets them by TFTP or HTTP before it can ask for anything else. Looked in: {looked}.',
    todo: 'Install them: apt install ipxe, dnf install ipxe-bootimgs, or zypper install ipxe-bootimgs.',
  },
  'bad-dnsmasq': {
    what: 'dnsmasq does not accept the configuration that Slipway wrote for it',
    why: 'Its own words are below.',
    todo: 'Check dhcp in config.yml. If that is right, this is a fault of Slipway: please report it with these lines.',
  },
  unwritable: {
    what: 'dnsmasq cannot be given the value {value}',
    why: 'Its configuration has no way to write control characters.',
    todo: 'Choose another name or path.',
  },
});
