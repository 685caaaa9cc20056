/**
 * How a program of the host runs beside the tree of an image: dnf and rpm for trees that have none.
 * The packages' scripts run under it, so that what it sees is what they could get at: the host's
 * programs and public settings, read-only, nothing of its homes, state and secrets. bwrap(1)
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { defineErrors } from './errors.ts';

export const fail = defineErrors('sandbox', {
  'odd-tree': {
    what: '{path} of the tree is no directory',
    why: 'A file system is mounted there while packages are installed; through a link it would land elsewhere.',
    todo: 'Start from a tree in which {path} is a plain directory.',
  },
});

/** Where the tree is, for a program beside it. */
export const TREE = '/tree';

/** Mounted over in the tree, so that scripts find what they expect and nothing of it stays. */
export const MOUNT_POINTS: Record<string, number> = {
  '/dev': 0o755, '/proc': 0o555, '/run': 0o755, '/tmp': 0o1777, '/var': 0o755, '/var/tmp': 0o1777,
}; // prettier-ignore

/** Certificates, the linker's cache, names of users: what programs cannot do without. No private keys are among them. */
const SETTINGS = [
  '/etc/ld.so.cache', '/etc/alternatives', '/etc/passwd', '/etc/group', '/etc/localtime', '/etc/ssl/certs', '/etc/ssl/openssl.cnf',
  '/etc/ca-certificates', '/etc/pki/ca-trust', '/etc/pki/tls/certs', '/etc/pki/tls/cert.pem', '/etc/pki/tls/openssl.cnf',
  '/etc/crypto-policies',
]; // prettier-ignore

const NETWORK_SETTINGS = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/gai.conf', '/etc/services']; // prettier-ignore

export interface BesideView {
  network?: boolean;
  /** Host path → path as the program sees it. */
  binds?: Record<string, string>;
  readOnlyBinds?: Record<string, string>;
  /** False: the tree is not shown; for tools that only read what is bound. */
  tree?: boolean;
}

/** The words of bwrap that make this view; `merged` is the tree. Capabilities are left to the caller. */
export function besideView(merged: string, view: BesideView): string[] {
  const settings = [...SETTINGS, ...(view.network ? NETWORK_SETTINGS : [])];
  return [
    '--ro-bind', '/usr', '/usr', '--tmpfs', '/usr/local',
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap(systemDirectory),
    ...settings.flatMap((path) => ['--ro-bind-try', path, path]),
    '--dev', '/dev', '--proc', '/proc', '--perms', '1777', '--tmpfs', '/tmp', '--perms', '1777', '--tmpfs', '/var/tmp', '--tmpfs', '/run',
    ...(view.tree === false ? [] : treeView(merged)),
    ...Object.entries(view.binds ?? {}).flatMap(([from, to]) => ['--bind', from, to]),
    ...Object.entries(view.readOnlyBinds ?? {}).flatMap(([from, to]) => ['--ro-bind', from, to]),
  ]; // prettier-ignore
}

function treeView(merged: string): string[] {
  const at = (path: string) => `${TREE}${path}`;
  return [
    '--bind', merged, TREE, '--dev', at('/dev'), '--proc', at('/proc'), '--perms', '0755', '--tmpfs', at('/run'),
    '--perms', '1777', '--tmpfs', at('/tmp'), '--perms', '1777', '--tmpfs', at('/var/tmp'),
  ]; // prettier-ignore
}

/** Links into /usr where the host has merged them, else the directory itself. */
function systemDirectory(path: string): string[] {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (!info) return [];
  return info.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
