/** Configuration of nfs-ganesha 3 and newer: ganesha-config(8), ganesha-core-config(8), ganesha-export-config(8). */
import { checkPath, NOBODY, type Export } from './export.ts';

export interface GaneshaInput {
  /** Address to listen on; nothing: all. */
  address?: string;
  /** Whether NFSv3 is served, too. */
  v3: boolean;
  /** Port of NFS; default 2049. */
  port?: number;
  /** Keeps which clients there are, so that they keep their locks over a restart. */
  recovery: string;
  /** Whether file systems are told apart by device number: for overlays of kernels before 6.6. */
  byDevice: boolean;
  exports: readonly Export[];
}

/** Port of the MOUNT protocol of NFSv3. */
export const MOUNT_PORT = 20_048;

/**
 * Seconds that a client may be silent, and that clients get to come back after a restart: so long nobody opens a
 * file, unless all that were there are back earlier.
 */
const LEASE = 30;
const GRACE = 30;

export function ganeshaConf(input: GaneshaInput): string {
  const { address, v3, port = 2049, recovery, byDevice } = input;
  const protocols = v3 ? '3, 4' : '4';
  const lines = [
    '# Made by slipway; what stands here is overwritten.',
    block('NFS_CORE_PARAM', {
      Protocols: protocols,
      NFS_Port: port,
      ...(v3 ? { MNT_Port: MOUNT_PORT } : {}),
      Enable_UDP: false,
      Enable_NLM: false,
      Enable_RQUOTA: false,
      // The same path for NFSv3 as for NFSv4.
      mount_path_pseudo: true,
      fsid_device: byDevice,
      ...(address === undefined ? {} : { Bind_addr: address }),
    }),
    block('NFSV4', {
      Minor_Versions: '0, 1, 2',
      Lease_Lifetime: LEASE,
      Grace_Period: GRACE,
      RecoveryRoot: quoted(recovery),
      // Users are numbers: the server knows none of an image.
      Only_Numeric_Owners: true,
      Allow_Numeric_Owners: true,
    }),
    'NFS_KRB5 { Active_krb5 = false; }',
    // Each client that hangs up would be a line; there is neither D-Bus nor Kerberos.
    'LOG { Default_Log_Level = WARN; COMPONENTS { CONFIG = EVENT; NFS_STARTUP = EVENT; TIRPC = CRIT; DBUS = FATAL; NFS_CB = FATAL; } }',
    ...input.exports.filter(({ clients }) => clients.length > 0).map((one) => exportLine(one, protocols)),
  ];
  return `${lines.join('\n')}\n`;
}

/** One export a line. Nobody may do anything but who is named. */
function exportLine({ path, clients, write, squash, labels, id }: Export, protocols: string): string {
  const client = block('CLIENT', {
    Clients: clients.join(', '),
    Protocols: protocols,
    Access_Type: write ? 'RW' : 'RO',
    Squash: squash ? 'all_squash' : 'no_root_squash',
    ...(squash && { Anonymous_Uid: NOBODY, Anonymous_Gid: NOBODY }),
  });
  return block(
    'EXPORT',
    {
      Export_Id: id,
      Path: quoted(path),
      Pseudo: quoted(path),
      // Or clients would take exports on one file system for one.
      Filesystem_Id: `${id}.${id}`,
      Protocols: protocols,
      Transports: 'TCP',
      SecType: 'sys',
      Access_Type: 'NONE',
      ...(labels ? { Security_Label: true } : {}),
    },
    ['FSAL { Name = VFS; }', client],
  );
}

function block(
  name: string,
  values: Record<string, string | number | boolean>,
  inner: readonly string[] = [],
): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${String(value)};`);
  return `${name} { ${[...lines, ...inner].join(' ')} }`;
}

/** In double quotes a backslash takes the next character as it is. */
function quoted(path: string): string {
  return `"${checkPath(path).replaceAll('"', '\\"')}"`;
}

/** Exports of a text that {@link ganeshaConf} made. */
export function parseGanesha(text: string): Export[] {
  return text.split('\n').flatMap((line) => {
    const value = (key: string) => new RegExp(`[{;] ${key} = ((?:"(?:\\\\.|[^"])*"|[^;])*);`).exec(line)?.[1];
    const path = value('Path');
    const clients = value('Clients');
    if (!line.startsWith('EXPORT {') || path === undefined || clients === undefined) return [];
    return [
      {
        path: path.slice(1, -1).replace(/\\(.)/g, '$1'),
        clients: clients.split(', '),
        write: line.includes('Access_Type = RW;'),
        squash: line.includes('Squash = all_squash;'),
        labels: line.includes('Security_Label = true;'),
        id: Number(value('Export_Id')),
      },
    ];
  });
}
