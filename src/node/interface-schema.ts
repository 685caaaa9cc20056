/** Network interfaces of nodes. */
import { z } from 'zod';
import { interfaceName, MacSchema } from './fields.ts';

const domain = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9_]([\w.-]*\w)?$/, 'must be a domain');
const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
const ip = z.union([z.ipv4(), z.ipv6()]);

/** As the kernel's bonding driver names them. */
export const BOND_MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

export const InterfaceSchema = z
  .strictObject({
    mac: MacSchema.optional().describe('MAC address; the node also boots from it'),
    address: cidr.optional().describe('Address with prefix length, such as 10.0.0.7/16'),
    gateway: ip.optional().describe('Default gateway'),
    dns: z.array(ip).optional().describe('Name servers'),
    search: z.array(domain).optional().describe('Domains to search'),
    mtu: z.int().min(68).max(65535).optional().describe('Largest packet, bytes'),
    dhcp: z.boolean().optional().describe('Ask for an address by DHCP'),
    parent: interfaceName.optional().describe('Interface below a VLAN'),
    vlan: z.int().min(1).max(4094).optional().describe('VLAN number'),
    bond: z.array(interfaceName).min(1).optional().describe('Interfaces that this bond joins'),
    bond_mode: z.enum(BOND_MODES).optional().describe('How a bond works'),
    bridge: z.array(interfaceName).min(1).optional().describe('Interfaces that this bridge joins'),
  })
  .describe('A network interface');
export type Interface = z.infer<typeof InterfaceSchema>;
