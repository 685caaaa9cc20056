import { userInfo } from 'node:os';

/** For whom a process of ours works that somebody else has asked for: the server sets it for builds. */
export const WORKS_FOR = 'SLIPWAY_WORKS_FOR';

/** The user of this process; behind sudo the one who called it. */
export function currentUser(): string {
  return process.env[WORKS_FOR] || process.env['SUDO_USER'] || userInfo().username;
}
