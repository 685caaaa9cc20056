/** `[USER@]HOST:/PATH[,ADDRESS[:/EXPORT]]`: a server that trees are copied to, and how nodes find them there. */
import { fail } from '../errors.ts';

export interface Destination {
  /** As it was given. */
  text: string;
  /** For ssh: `[USER@]HOST`, names of ssh_config(5) among them. */
  ssh: string;
  host: string;
  /** Directory there; trees are in `PATH/trees`. */
  path: string;
  /** Address by which nodes mount, where it is another than that of the host's name. */
  address?: string;
  /** What they mount instead of `path`: with NFSv4 paths begin at the export with fsid=0, if there is one. */
  exported?: string;
}

/** Words of shells and of exports(5) that mean nothing but themselves, and no `..`. */
const PATH = String.raw`(?:/[A-Za-z0-9_@%+=-][A-Za-z0-9_@%+=.-]*)`;
const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
const FORM = new RegExp(
  String.raw`^((?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}@)?([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)):(${PATH}{1,20})(?:,(${OCTET}(?:\.${OCTET}){3})(?::(/|${PATH}{1,20}))?)?$`,
);
/** A node finds a tree by one line of node.conf. */
const LONGEST = 200;

/** @throws SlipwayError `nfs/push-destination` */
export function parseDestination(text: string): Destination {
  const [, ssh, host, path, address, exported] = FORM.exec(text) ?? [];
  if (
    ssh === undefined ||
    host === undefined ||
    path === undefined ||
    text.length > 2 * LONGEST ||
    path.length > LONGEST
  )
    throw fail('push-destination', { text: JSON.stringify(text.slice(0, LONGEST)) });
  return { text, ssh, host, path, address, exported };
}
